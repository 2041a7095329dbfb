import type { StorageVolume, StorageVolumeSnapshot } from "@lodge/api";
import { volumeUrl } from "../storage/volume-url.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { userUrls, type VolumeUsers } from "./users.ts";

/** A volume as the wire shows it. */
export function renderVolume(record: VolumeRecord, users: VolumeUsers): StorageVolume {
  return {
    name: record.name,
    type: "custom",
    content_type: record.contentType,
    pool: record.pool,
    project: record.project,
    description: record.description,
    config: record.config,
    used_by: userUrls(users),
    location: "none",
    created_at: record.createdAt.toISOString(),
  };
}

export function renderVolumeSnapshot(volume: VolumeRecord, snapshot: VolumeSnapshotRecord): StorageVolumeSnapshot {
  return {
    name: `${volume.name}/${snapshot.name}`,
    description: snapshot.description,
    content_type: volume.contentType,
    config: snapshot.config,
    created_at: snapshot.createdAt.toISOString(),
    expires_at: snapshot.expiresAt?.toISOString() ?? null,
  };
}

export const volumeSnapshotUrl = (volume: Pick<VolumeRecord, "pool" | "name">, snapshot: string): string =>
  `${volumeUrl(volume)}/snapshots/${encodeURIComponent(snapshot)}`;

/** What an operation on a volume is about. */
export const volumeResources = (volume: Pick<VolumeRecord, "pool" | "name">, snapshot?: string) => ({
  storage_volumes: [volumeUrl(volume)],
  ...(snapshot !== undefined && { storage_volume_snapshots: [volumeSnapshotUrl(volume, snapshot)] }),
});
