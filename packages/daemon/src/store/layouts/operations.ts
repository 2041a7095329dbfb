import type { OperationRecord } from "@lodge/core";
import { z } from "zod";
import { date, json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const operationLayout: TableLayout<OperationRecord, string> = {
  table: "operations",
  key: ["id"],
  orderBy: ["id"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    description: r.description,
    resources: JSON.stringify(r.resources),
    project: r.project,
    created_at: r.createdAt.toISOString(),
  }),
  read: z
    .object({
      id: z.string(),
      description: z.string(),
      resources: json(z.record(z.string(), z.array(z.string()))),
      project: z.string(),
      created_at: date,
    })
    .transform(({ created_at, ...row }) => ({ ...row, createdAt: created_at })),
};
