import type { StorageVolume } from "@lodge/api";
import { inProject } from "@lodge/core";
import { etag } from "./etag.ts";

/** Of a volume, or of the snapshot that is named `VOLUME/SNAPSHOT`. */
export function volumeUrlOf({
  pool,
  type,
  name,
  project,
}: Pick<StorageVolume, "pool" | "type" | "name" | "project">): string {
  const below = name.split("/").map(encodeURIComponent).join("/snapshots/");
  return inProject(`/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/${type}/${below}`, project);
}

export const volumeEtag = ({ name, type, description, config }: StorageVolume): string =>
  etag([name, type, description, config]);
