import { warningSeverities, warningStatuses } from "@lodge/api";
import type { WarningRecord } from "@lodge/core";
import { z } from "zod";
import { date } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const warningLayout: TableLayout<WarningRecord, string> = {
  table: "warnings",
  key: ["uuid"],
  orderBy: ["uuid"],
  keyValues: (uuid) => [uuid],
  write: (r) => ({
    uuid: r.uuid,
    type: r.type,
    project: r.project,
    entity: r.entity,
    severity: r.severity,
    status: r.status,
    message: r.message,
    count: r.count,
    first_seen_at: r.firstSeenAt.toISOString(),
    last_seen_at: r.lastSeenAt.toISOString(),
    updated_at: r.updatedAt.toISOString(),
  }),
  read: z
    .object({
      uuid: z.string(),
      type: z.string(),
      project: z.string(),
      entity: z.string(),
      severity: z.enum(warningSeverities),
      status: z.enum(warningStatuses),
      message: z.string(),
      count: z.number(),
      first_seen_at: date,
      last_seen_at: date,
      updated_at: date,
    })
    .transform(({ first_seen_at: firstSeenAt, last_seen_at: lastSeenAt, updated_at: updatedAt, ...row }) => ({
      ...row,
      firstSeenAt,
      lastSeenAt,
      updatedAt,
    })),
};
