import { configSchema } from "@lodge/api";
import type { PoolRecord } from "@lodge/core";
import { z } from "zod";
import { json, life } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const poolLayout: TableLayout<PoolRecord, string> = {
  table: "pools",
  key: ["name"],
  orderBy: ["name"],
  keyValues: (name) => [name],
  write: (r) => ({
    name: r.name,
    driver: r.driver,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
  }),
  read: z.object({
    name: z.string(),
    driver: z.string(),
    description: z.string(),
    config: json(configSchema),
    life,
  }),
};
