import { configSchema, networkForwardPortSchema } from "@lodge/api";
import type { NetworkRecord } from "@lodge/core";
import { z } from "zod";
import { json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const networkLayout: TableLayout<NetworkRecord, string> = {
  table: "networks",
  key: ["name"],
  orderBy: ["name"],
  keyValues: (name) => [name],
  write: (r) => ({
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    forwards: JSON.stringify(r.forwards),
  }),
  read: z.object({
    name: z.string(),
    description: z.string(),
    config: json(configSchema),
    forwards: json(
      z.array(
        z.object({
          listen: z.string(),
          description: z.string(),
          config: configSchema,
          ports: z.array(networkForwardPortSchema),
        }),
      ),
    ),
  }),
};
