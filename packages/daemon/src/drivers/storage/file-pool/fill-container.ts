import type { PreparedRoot, RootRequest } from "@lodge/core";
import { syncFileSystem } from "../../../system/durable.ts";
import { guestIds } from "./container-mount.ts";
import { mirrorTree } from "./mirror-tree.ts";
import type { RootRecord } from "./records.ts";
import { notOfThisType } from "./refusals.ts";
import type { Roots } from "./roots.ts";

/** Makes a container's root hold what a prepared one of another pool shows, as the guest would: through its own mount. */
export async function fillContainer(
  roots: Pick<Roots, "prepare" | "settle">,
  request: RootRequest,
  record: RootRecord,
  from: PreparedRoot,
  signal: AbortSignal,
): Promise<void> {
  if (from.kind !== "directory") throw notOfThisType(request.id);
  try {
    const { path } = await roots.prepare(request, record, guestIds);
    await mirrorTree(from.path, path, signal);
    await syncFileSystem(path);
  } finally {
    await roots.settle(request.id, record);
  }
}
