import { governedResources, governorActions } from "@lodge/api";
import type { GovernorLogRecord } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const governorLogLayout: TableLayout<GovernorLogRecord, number> = {
  table: "governor_log",
  key: ["id"],
  orderBy: ["id"],
  keyValues: (id) => [String(id)],
  write: (r) => ({ ...r, at: r.at.toISOString(), observed: bit(r.observed) }),
  read: z.object({
    id: z.number(),
    at: date,
    project: z.string(),
    instance: z.string(),
    resource: z.enum(governedResources),
    action: z.enum(governorActions),
    from: z.number(),
    to: z.number(),
    reason: z.string(),
    observed: boolean,
  }),
};
