import { metadataTemplatesSchema } from "@lodge/api";
import type { InstanceId, InstanceMetadataRecord } from "@lodge/core";
import { z } from "zod";
import { instanceId, json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const instanceMetadataLayout: TableLayout<InstanceMetadataRecord, InstanceId> = {
  table: "instance_metadata",
  key: ["instance"],
  orderBy: ["instance"],
  keyValues: (instance) => [instance],
  write: ({ instance, metadata, files }) => ({
    ...{ instance, metadata: JSON.stringify(metadata), files: JSON.stringify(files) },
  }),
  read: z.object({
    instance: instanceId,
    metadata: json(
      z.object({
        architecture: z.string(),
        creation_date: z.number(),
        expiry_date: z.number(),
        properties: z.record(z.string(), z.string()),
        templates: metadataTemplatesSchema,
      }),
    ),
    files: json(z.record(z.string(), z.string())),
  }),
};
