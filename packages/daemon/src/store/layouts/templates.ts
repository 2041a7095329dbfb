import type { InstanceId, TemplateRecord } from "@lodge/core";
import { z } from "zod";
import { date, instanceId, json, stateRecord } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const templateLayout: TableLayout<TemplateRecord, InstanceId> = {
  table: "templates",
  key: ["id"],
  orderBy: ["id"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    project: r.project,
    pool: r.pool,
    fingerprint: r.fingerprint,
    shape: r.shape,
    state: JSON.stringify(r.state),
    size: r.size,
    life: r.life,
    created_at: r.createdAt.toISOString(),
    last_used_at: r.lastUsedAt.toISOString(),
  }),
  read: z
    .object({
      id: instanceId,
      project: z.string(),
      pool: z.string(),
      fingerprint: z.string(),
      shape: z.string(),
      state: json(stateRecord),
      size: z.number(),
      life: z.enum(["present", "deleting"]),
      created_at: date,
      last_used_at: date,
    })
    .transform(({ created_at, last_used_at, ...row }) => ({
      ...row,
      createdAt: created_at,
      lastUsedAt: last_used_at,
    })),
};
