import { backupCompressionSchema, instanceTypeSchema } from "@lodge/api";
import type { BackupRecord, InstanceId } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date, instanceId, json, life, snapshotId } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const backupLayout: TableLayout<BackupRecord, InstanceId> = {
  table: "backups",
  key: ["id"],
  orderBy: ["instance", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    instance: r.instance,
    name: r.name,
    pool: r.pool,
    type: r.type,
    fingerprint: r.fingerprint ?? null,
    compression: r.compression,
    snapshots: JSON.stringify(r.snapshots),
    instance_only: bit(r.instanceOnly),
    content: JSON.stringify(r.index),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    expires_at: r.expiresAt?.toISOString() ?? null,
  }),
  read: z
    .object({
      id: instanceId,
      instance: instanceId,
      name: z.string(),
      pool: z.string(),
      type: instanceTypeSchema,
      fingerprint: z.string().nullable(),
      compression: backupCompressionSchema,
      snapshots: json(z.array(z.object({ id: snapshotId, name: z.string() }))),
      instance_only: boolean,
      content: json(z.record(z.string(), z.unknown())),
      life,
      created_at: date,
      expires_at: date.nullable(),
    })
    .transform(({ fingerprint, instance_only, content, created_at, expires_at, ...row }) => ({
      ...row,
      ...(fingerprint !== null && { fingerprint }),
      instanceOnly: instance_only,
      index: content,
      createdAt: created_at,
      ...(expires_at !== null && { expiresAt: expires_at }),
    })),
};
