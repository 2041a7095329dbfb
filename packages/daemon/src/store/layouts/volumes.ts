import { configSchema, volumeContentTypeSchema } from "@lodge/api";
import type { SnapshotId, VolumeId, VolumeRecord, VolumeSnapshotRecord } from "@lodge/core";
import { z } from "zod";
import { date, json, life, snapshotId, volumeId } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const volumeLayout: TableLayout<VolumeRecord, VolumeId> = {
  table: "volumes",
  key: ["id"],
  orderBy: ["pool", "project", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    pool: r.pool,
    project: r.project,
    name: r.name,
    content_type: r.contentType,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    restoring: r.restoring ?? null,
  }),
  read: z
    .object({
      id: volumeId,
      pool: z.string(),
      project: z.string(),
      name: z.string(),
      content_type: volumeContentTypeSchema,
      description: z.string(),
      config: json(configSchema),
      life,
      created_at: date,
      restoring: snapshotId.nullable(),
    })
    .transform(({ content_type, created_at, restoring, ...row }) => ({
      ...row,
      contentType: content_type,
      createdAt: created_at,
      ...(restoring !== null && { restoring }),
    })),
};

export const volumeSnapshotLayout: TableLayout<VolumeSnapshotRecord, SnapshotId> = {
  table: "volume_snapshots",
  key: ["id"],
  orderBy: ["volume", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    volume: r.volume,
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    expires_at: r.expiresAt?.toISOString() ?? null,
  }),
  read: z
    .object({
      id: snapshotId,
      volume: volumeId,
      name: z.string(),
      description: z.string(),
      config: json(configSchema),
      life,
      created_at: date,
      expires_at: date.nullable(),
    })
    .transform(({ created_at, expires_at, ...row }) => ({
      ...row,
      createdAt: created_at,
      ...(expires_at !== null && { expiresAt: expires_at }),
    })),
};
