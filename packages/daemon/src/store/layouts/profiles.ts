import { configSchema, devicesSchema } from "@lodge/api";
import type { ProfileRecord } from "@lodge/core";
import { z } from "zod";
import { json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const profileLayout: TableLayout<ProfileRecord, Pick<ProfileRecord, "project" | "name">> = {
  table: "profiles",
  key: ["project", "name"],
  orderBy: ["project", "name"],
  keyValues: ({ project, name }) => [project, name],
  write: (r) => ({
    project: r.project,
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
  }),
  read: z.object({
    project: z.string(),
    name: z.string(),
    description: z.string(),
    config: json(configSchema),
    devices: json(devicesSchema),
  }),
};
