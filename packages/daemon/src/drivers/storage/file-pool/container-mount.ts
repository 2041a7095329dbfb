/** What mounts of containers' roots have in common. */
import type { IdRange } from "@lodge/core";
import type { Logger } from "pino";
import type { IdMapEntry } from "../../../system/id-mapping.ts";
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
export function idMap(ids: IdRange): IdMapEntry[] {
  return [
    { disk: 0, host: ids.base, count: ids.size },
    { disk: ids.size, host: 0, count: 1 },
  ];
}

/** Unmounts the root and what an interrupted mount left. Idempotent. */
export async function unmountContainerRoot(layout: ContainerLayout, log: Logger): Promise<void> {
  for (const { target } of await listMounts(layout.directory)) {
    if (await unmount(target, patience)) continue;
    log.warn({ target }, "a stopped container's root is still in use; unmounted it regardless");
    detach(target);
  }
}
