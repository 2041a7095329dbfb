import { configSchema, devicesSchema, instanceTypeSchema } from "@lodge/api";
import type { InstanceId, InstanceRecord, PendingRoot } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date, held, instanceId, json, lastUsed, life, snapshotId, stateRecord } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

const pendingRoot: z.ZodType<PendingRoot> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("restore"), snapshot: snapshotId }),
  z.object({ kind: z.literal("rebuild") }),
  z.object({ kind: z.literal("fork") }),
]);

export const instanceLayout: TableLayout<InstanceRecord, InstanceId> = {
  table: "instances",
  key: ["id"],
  orderBy: ["project", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    uuid: r.uuid,
    name: r.name,
    project: r.project,
    type: r.type,
    description: r.description,
    architecture: r.architecture,
    fingerprint: r.fingerprint ?? null,
    pool: r.pool,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
    profiles: JSON.stringify(r.profiles),
    ephemeral: bit(r.ephemeral),
    life: r.life,
    id_block: r.idBlock,
    wanted: bit(r.wanted),
    restarting: bit(r.restarting === true),
    created_at: r.createdAt.toISOString(),
    last_used_at: r.lastUsedAt?.toISOString() ?? null,
    pending: r.pending ? JSON.stringify(r.pending) : null,
    state: r.state ? JSON.stringify(r.state) : null,
  }),
  read: z
    .object({
      id: instanceId,
      uuid: z.string(),
      name: z.string(),
      project: z.string(),
      type: instanceTypeSchema,
      description: z.string(),
      architecture: z.string(),
      fingerprint: z.string().nullable(),
      pool: z.string(),
      config: json(configSchema),
      devices: json(devicesSchema),
      profiles: json(z.array(z.string())),
      ephemeral: boolean,
      life,
      id_block: z.int(),
      wanted: boolean,
      restarting: boolean,
      created_at: date,
      last_used_at: date.nullable(),
      pending: json(pendingRoot).nullable(),
      state: json(stateRecord).nullable(),
    })
    .transform(({ fingerprint, id_block, created_at, last_used_at, restarting, pending, state, ...row }) => ({
      ...row,
      ...(restarting && { restarting }),
      ...held(state),
      ...(pending !== null && { pending }),
      ...(fingerprint !== null && { fingerprint }),
      idBlock: id_block,
      createdAt: created_at,
      ...lastUsed(last_used_at),
    })),
};
