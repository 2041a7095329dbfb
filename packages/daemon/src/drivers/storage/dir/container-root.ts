/** Container roots: an overlay of the image's layer and what the instance changed, mounted with the instance's owners. */
import { chmod, chown, mkdir, stat } from "node:fs/promises";
import type { IdRange } from "@lodge/core";
import type { Logger } from "pino";
import { createIdMapping } from "../../../system/id-mapping.ts";
import { detach, listMounts, mountClone, mountOverlay } from "../../../system/mounts.ts";
import { run } from "../../../system/run.ts";
import { idMap, unmountContainerRoot } from "../file-pool/container-mount.ts";
import type { ContainerLayout, ImageLayout } from "../file-pool/layout.ts";

/** What a container's root stands on: its image's layer, or a directory of its own without anything in it. */
export function lowerOf(layout: ContainerLayout, image: ImageLayout | undefined): string {
  return image?.rootfs ?? layout.empty;
}

/** `prepareData` sees the directory of the instance's changes while it is empty. */
export async function makeContainerRoot(
  layout: ContainerLayout,
  image: ImageLayout | undefined,
  prepareData: (data: string) => Promise<void>,
): Promise<void> {
  if (!image) await mkdir(layout.empty, { mode: 0o755 });
  await mkdir(layout.data, { mode: 0o700 });
  await prepareData(layout.data);
  for (const directory of [layout.upper, layout.work, layout.stageLayer, layout.stageData, layout.rootfs]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  // The upper's own attributes are those of `/` inside.
  const { uid, gid, mode } = await stat(lowerOf(layout, image));
  await chown(layout.upper, uid, gid);
  await chmod(layout.upper, mode & 0o7777);
}

/**
 * Copies what an instance changed, into a directory that is there or not: with hard links, holes, attributes and the overlay's
 * whiteouts, and without the data where the file system can share them. Owners on disk do not depend on the instance, so
 * nothing has to be shifted.
 */
export async function copyChanges(from: string, to: string): Promise<void> {
  const args = ["--archive", "--reflink=auto", "--sparse=auto", "--no-target-directory", "--", from, to];
  await run("cp", args, { timeout: 3_600_000, bound: true, code: "pool_failed" });
}

/** Mounts the root unless it is mounted with these owners. */
export async function mountContainerRoot(
  layout: ContainerLayout,
  image: ImageLayout | undefined,
  ids: IdRange,
  log: Logger,
) {
  if (await isMountedFor(layout, ids)) return;
  await unmountContainerRoot(layout, log);
  // The container's root may pass through to its `/`, other instances' ids may not.
  await chown(layout.directory, 0, ids.base);
  await chmod(layout.directory, 0o710);
  using mapping = ids.base === 0 ? undefined : await createIdMapping(idMap(ids));
  const mapped = mapping ? { mapping } : {};
  using stage = new DisposableStack();
  mountClone({ source: lowerOf(layout, image), target: layout.stageLayer, readOnly: true, ...mapped });
  stage.defer(() => detach(layout.stageLayer));
  mountClone({ source: layout.data, target: layout.stageData, readOnly: false, ...mapped });
  stage.defer(() => detach(layout.stageData));
  // The overlay keeps both mounts to itself; the stage is cleared either way.
  mountOverlay({
    lower: layout.stageLayer,
    upper: `${layout.stageData}/upper`,
    work: `${layout.stageData}/work`,
    target: layout.rootfs,
  });
}

/** A mount that the last daemon made is as good as a new one. */
async function isMountedFor(layout: ContainerLayout, ids: IdRange): Promise<boolean> {
  const mounts = await listMounts(layout.directory);
  if (mounts.length !== 1 || mounts[0]?.target !== layout.rootfs || mounts[0].type !== "overlay") return false;
  const [seen, stored] = await Promise.all([stat(layout.rootfs), stat(layout.upper)]);
  return seen.uid === ids.base + stored.uid;
}
