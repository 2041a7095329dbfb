/** Where what a volume holds, and held, lies in its directory. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { SnapshotId, VolumeId, VolumeRequest } from "@lodge/core";
import type { TreeOrigin } from "./volume-trees.ts";

/** `data`: a directory; `disk`: a raw disk or an ISO. */
export interface Content extends TreeOrigin {
  readonly kind: "data" | "disk";
}

export const kindOf = ({ content }: VolumeRequest): Content["kind"] => (content === "filesystem" ? "data" : "disk");

export const snapshotName = (snapshot: SnapshotId): string => `snapshot-${snapshot}`;

export async function contentOf(directory: string, id: VolumeId): Promise<Content> {
  for (const kind of ["data", "disk"] as const) {
    const path = join(directory, kind);
    if (await isThere(path)) return { path, kind, isOwn: true };
  }
  throw new LodgeError({
    code: "pool_failed",
    message: `What volume ${id} holds is not in ${directory}: it was removed from outside. Delete it.`,
  });
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
