import { randomBytes } from "node:crypto";
import { access, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { listMounts } from "../../../system/mounts.ts";
import { run } from "../../../system/run.ts";
import { removeSubvolumes } from "../../../system/subvolumes.ts";

/** A name beside `path` that `reconcile` takes for half-made. */
export function partialName(path: string): string {
  return join(dirname(path), `.${basename(path)}-${randomBytes(4).toString("hex")}`);
}

/** Removes a directory of the pool. It loses its name first: a daemon that dies in the middle leaves nothing that looks whole. */
export async function removeNamed(path: string): Promise<void> {
  const doomed = partialName(path);
  try {
    await rename(path, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await removeTree(doomed);
}

/**
 * Removes a directory with everything in it, and nothing that is mounted there. `--one-file-system` alone would not hold
 * that: a second mount of the same file system looks to it like a directory.
 */
export async function removeTree(path: string): Promise<void> {
  const mounts = await listMounts(path);
  if (mounts.length > 0) {
    const where = mounts.map(({ target }) => target).join(", ");
    throw new LodgeError({ code: "pool_failed", message: `${path} is not removed: something is mounted at ${where}.` });
  }
  if (!(await exists(path))) return;
  await removeSubvolumes(path);
  const remove = () => run("rm", ["-rf", "--one-file-system", "--", path], { timeout: 600_000, code: "pool_failed" });
  try {
    await remove();
  } catch {
    // A privileged container can make files immutable.
    await run("chattr", ["-R", "-f", "-ia", "--", path], { timeout: 600_000, code: "pool_failed" }).catch(
      () => undefined,
    );
    await remove();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
