import { backupCompressionSchema, instanceTypeSchema } from "@lodge/api";
import type { BackupRecord, InstanceId, KeptBackup, VolumeBackupRecord, VolumeId } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date, instanceId, json, life, snapshotId, volumeId } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

const writeKept = (r: KeptBackup) => ({
  name: r.name,
  pool: r.pool,
  compression: r.compression,
  optimized: bit(r.optimized),
  snapshots: JSON.stringify(r.snapshots),
  content: JSON.stringify(r.index),
  life: r.life,
  created_at: r.createdAt.toISOString(),
  expires_at: r.expiresAt?.toISOString() ?? null,
});

const kept = {
  name: z.string(),
  pool: z.string(),
  compression: backupCompressionSchema,
  optimized: boolean,
  snapshots: json(z.array(z.object({ id: snapshotId, name: z.string() }))),
  content: json(z.record(z.string(), z.unknown())),
  life,
  created_at: date,
  expires_at: date.nullable(),
};

/** What is called otherwise in the database. */
const readKept = (row: {
  readonly content: Record<string, unknown>;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}) => ({
  index: row.content,
  createdAt: row.created_at,
  ...(row.expires_at !== null && { expiresAt: row.expires_at }),
});

export const backupLayout: TableLayout<BackupRecord, InstanceId> = {
  table: "backups",
  key: ["id"],
  orderBy: ["instance", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    ...writeKept(r),
    id: r.id,
    instance: r.instance,
    type: r.type,
    fingerprint: r.fingerprint ?? null,
    instance_only: bit(r.instanceOnly),
  }),
  read: z
    .object({
      ...kept,
      id: instanceId,
      instance: instanceId,
      type: instanceTypeSchema,
      fingerprint: z.string().nullable(),
      instance_only: boolean,
    })
    .transform(({ fingerprint, instance_only, content, created_at, expires_at, ...row }) => ({
      ...row,
      ...readKept({ content, created_at, expires_at }),
      ...(fingerprint !== null && { fingerprint }),
      instanceOnly: instance_only,
    })),
};

export const volumeBackupLayout: TableLayout<VolumeBackupRecord, VolumeId> = {
  table: "volume_backups",
  key: ["id"],
  orderBy: ["volume", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({ ...writeKept(r), id: r.id, volume: r.volume, volume_only: bit(r.volumeOnly) }),
  read: z
    .object({ ...kept, id: volumeId, volume: volumeId, volume_only: boolean })
    .transform(({ volume_only, content, created_at, expires_at, ...row }) => ({
      ...row,
      ...readKept({ content, created_at, expires_at }),
      volumeOnly: volume_only,
    })),
};
