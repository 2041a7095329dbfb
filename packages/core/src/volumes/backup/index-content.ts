/** What a backup says of its volume, in the form of LXD's `backup/index.yaml`. Pure. */
import { zeroTime } from "@lodge/api";
import type { PoolRecord, VolumeRecord, VolumeSnapshotRecord } from "../../store.ts";

export interface BackedVolume {
  readonly volume: VolumeRecord;
  /** The oldest first. */
  readonly snapshots: readonly VolumeSnapshotRecord[];
  readonly pool: PoolRecord;
}

export function volumeIndexContent({ volume, snapshots, pool }: BackedVolume): Readonly<Record<string, unknown>> {
  const { name, contentType, description, config, createdAt, project } = volume;
  return {
    name,
    backend: pool.driver,
    pool: pool.name,
    ...(snapshots.length > 0 && { snapshots: snapshots.map((snapshot) => snapshot.name) }),
    optimized: false,
    optimized_header: false,
    type: "custom",
    config: {
      volume: {
        name,
        type: "custom",
        content_type: contentType,
        project,
        description,
        config,
        created_at: createdAt.toISOString(),
        location: "none",
      },
      ...(snapshots.length > 0 && {
        volume_snapshots: snapshots.map((snapshot) => ({
          name: snapshot.name,
          description: snapshot.description,
          content_type: contentType,
          config: snapshot.config,
          created_at: snapshot.createdAt.toISOString(),
          expires_at: snapshot.expiresAt?.toISOString() ?? zeroTime,
        })),
      }),
    },
  };
}
