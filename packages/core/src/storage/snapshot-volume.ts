import type { StorageVolume, StorageVolumeSnapshot } from "@lodge/api";

/** A snapshot as lists of volumes show it, as in LXD: beside its volume, and named `VOLUME/SNAPSHOT`. */
export function snapshotVolume(
  volume: StorageVolume,
  { name, description, config, created_at }: StorageVolumeSnapshot,
  used_by: string[] = [],
): StorageVolume {
  return { ...volume, name, description, config, created_at, used_by };
}
