import { configSchema } from "@lodge/api";
import type { ProjectRecord } from "@lodge/core";
import { z } from "zod";
import { json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const projectLayout: TableLayout<ProjectRecord, string> = {
  table: "projects",
  key: ["name"],
  orderBy: ["name"],
  keyValues: (name) => [name],
  write: ({ name, description, config }) => ({ name, description, config: JSON.stringify(config) }),
  read: z.object({ name: z.string(), description: z.string(), config: json(configSchema) }),
};
