import type { StorageVolume } from "@lodge/api";
import { inProject } from "@lodge/core";
import { etag } from "./etag.ts";

export function volumeUrlOf({
  pool,
  type,
  name,
  project,
}: Pick<StorageVolume, "pool" | "type" | "name" | "project">): string {
  return inProject(
    `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/${type}/${encodeURIComponent(name)}`,
    project,
  );
}

export const volumeEtag = ({ name, type, description, config }: StorageVolume): string =>
  etag([name, type, description, config]);
