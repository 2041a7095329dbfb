import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api";
import type { ImageStore, StagedImage, Staging } from "@lodge/core";
import type { LodgePaths } from "../system/paths.ts";

/** Keeps images as `images/FINGERPRINT/{metadata,rootfs}`. */
export function createImageFiles(paths: Pick<LodgePaths, "images" | "staging">): ImageStore {
  const directoryOf = (fingerprint: string): string => {
    if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new Error(`not a fingerprint: ${fingerprint}`);
    return join(paths.images, fingerprint);
  };

  async function stage(): Promise<Staging> {
    await mkdir(paths.staging, { recursive: true, mode: 0o700 });
    const directory = await mkdtemp(join(paths.staging, "stage-"));
    return { directory, dispose: () => rm(directory, { recursive: true, force: true }) };
  }

  async function keep(staged: StagedImage): Promise<void> {
    const target = directoryOf(staged.fingerprint);
    await mkdir(paths.images, { recursive: true, mode: 0o700 });
    const { directory, dispose } = await stage();
    try {
      if (staged.metadataFile) await moveDurably(staged.metadataFile, join(directory, "metadata"));
      await moveDurably(staged.rootfsFile, join(directory, "rootfs"));
      await sync(directory);
      await rename(directory, target);
      await sync(paths.images);
    } catch (error) {
      await dispose();
      throw isTaken(error) ? alreadyThere(staged.fingerprint) : error;
    }
  }

  async function reconcile(fingerprints: readonly string[]): Promise<void> {
    await rm(paths.staging, { recursive: true, force: true });
    for (const directory of [paths.staging, paths.images]) await mkdir(directory, { recursive: true, mode: 0o700 });
    const known = new Set(fingerprints);
    for (const name of await readdir(paths.images)) {
      if (!known.has(name)) await rm(join(paths.images, name), { recursive: true, force: true });
    }
  }

  return {
    stage,
    keep,
    locate(fingerprint, split) {
      const directory = directoryOf(fingerprint);
      return { ...(split && { metadata: join(directory, "metadata") }), rootfs: join(directory, "rootfs") };
    },
    remove: (fingerprint) => rm(directoryOf(fingerprint), { recursive: true, force: true }),
    reconcile,
  };
}

async function moveDurably(from: string, to: string): Promise<void> {
  await sync(from);
  await rename(from, to);
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

function isTaken(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOTEMPTY" || code === "EEXIST";
}

function alreadyThere(fingerprint: string): LodgeError {
  return new LodgeError({ code: "image_exists", message: `The image ${fingerprint} is already there.` });
}
