/** What mounts of containers' roots have in common. */
import { chmod, chown, stat } from "node:fs/promises";
import type { IdRange } from "@lodge/core";
import type { Logger } from "pino";
import { createIdMapping, type IdMapEntry, type IdMapping } from "../../../system/id-mapping.ts";
import { detach, listMounts, unmount } from "../../../system/mounts.ts";
import type { ContainerLayout } from "./layout.ts";

/** Owners as they are on disk. */
export const guestIds: IdRange = { base: 0, size: 65_536, owner: 0 };

/** How long a root may still be in use by processes that are on their way out. */
const patience = 3_000;

/**
 * How owners on disk, counted from 0, appear on the host. The last entry is for the overlay itself, which keeps its work
 * directory and whiteouts as the host's root.
 */
function idMap(ids: IdRange): IdMapEntry[] {
  return [
    { disk: 0, host: ids.base, count: ids.size },
    { disk: ids.size, host: 0, count: 1 },
  ];
}

export interface ContainerMount {
  readonly layout: ContainerLayout;
  /** What decides who owns the root: that of which `/` is seen. */
  readonly tree: string;
  readonly ids: IdRange;
  readonly log: Logger;
  /** Mounts it; without a mapping with the owners as they are on disk. */
  readonly mount: (mapping: IdMapping | undefined) => void | Promise<void>;
}

/** Mounts a root unless it is mounted with these owners: a mount that the last daemon made is as good as a new one. */
export async function mountFor({ layout, tree, ids, log, mount }: ContainerMount): Promise<void> {
  const mounts = await listMounts(layout.directory);
  if (mounts.length === 1 && mounts[0]?.target === layout.rootfs) {
    const [seen, stored] = await Promise.all([stat(layout.rootfs), stat(tree)]);
    if (seen.uid === ids.base + stored.uid) return;
  }
  await unmountContainerRoot(layout, log);
  // The container's root may pass through to its `/`, other instances' ids may not.
  await chown(layout.directory, 0, ids.base);
  await chmod(layout.directory, 0o710);
  using mapping = ids.base === 0 ? undefined : await createIdMapping(idMap(ids));
  await mount(mapping);
}

/** Unmounts the root and what an interrupted mount left. Idempotent. */
export async function unmountContainerRoot(layout: ContainerLayout, log: Logger): Promise<void> {
  for (const { target } of await listMounts(layout.directory)) {
    if (await unmount(target, patience)) continue;
    log.warn({ target }, "a stopped container's root is still in use; unmounted it regardless");
    detach(target);
  }
}
