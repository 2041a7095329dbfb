import { configSchema, devicesSchema } from "@lodge/api";
import type { SnapshotId, SnapshotRecord } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date, held, instanceId, json, lastUsed, life, snapshotId, stateRecord } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const snapshotLayout: TableLayout<SnapshotRecord, SnapshotId> = {
  table: "snapshots",
  key: ["id"],
  orderBy: ["instance", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    instance: r.instance,
    name: r.name,
    description: r.description,
    architecture: r.architecture,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
    profiles: JSON.stringify(r.profiles),
    ephemeral: bit(r.ephemeral),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    expires_at: r.expiresAt?.toISOString() ?? null,
    last_used_at: r.lastUsedAt?.toISOString() ?? null,
    state: r.state ? JSON.stringify(r.state) : null,
  }),
  read: z
    .object({
      id: snapshotId,
      instance: instanceId,
      name: z.string(),
      description: z.string(),
      architecture: z.string(),
      config: json(configSchema),
      devices: json(devicesSchema),
      profiles: json(z.array(z.string())),
      ephemeral: boolean,
      life,
      created_at: date,
      expires_at: date.nullable(),
      last_used_at: date.nullable(),
      state: json(stateRecord).nullable(),
    })
    .transform(({ created_at, expires_at, last_used_at, state, ...row }) => ({
      ...row,
      ...held(state),
      createdAt: created_at,
      ...(expires_at !== null && { expiresAt: expires_at }),
      ...lastUsed(last_used_at),
    })),
};
