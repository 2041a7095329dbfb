import { z } from "zod";
import { instanceSourceSchema } from "./instance.ts";
import { configSchema, devicesSchema } from "./primitives.ts";

/** A warm template as `GET /1.0/templates/ID` shows it (extension `lodge_templates`): launches of virtual machines fork from it. */
export const templateSchema = z.object({
  /** Eight hexadecimal digits. */
  id: z.string(),
  project: z.string(),
  /** Of its image. */
  fingerprint: z.string(),
  pool: z.string(),
  /** The keys of instances that decide what the machine is: what forks from it has the same. */
  config: configSchema,
  devices: devicesSchema,
  /** What made it, with its version. */
  tool: z.string(),
  /** Bytes on disk. */
  size: z.int(),
  /** How many machines stand ready that the next launches are (server key `templates.ready`). */
  ready: z.int(),
  created_at: z.string(),
  last_used_at: z.string(),
});
export type Template = z.infer<typeof templateSchema>;

/** `POST /1.0/templates`: makes a template for such instances, or finds the one that there is. */
export const templateCreateSchema = z.object({
  /** An image. */
  source: instanceSourceSchema,
  config: configSchema.nullish(),
  devices: devicesSchema.nullish(),
  /** null or missing: `["default"]`. */
  profiles: z.array(z.string()).nullish(),
});
export type TemplateCreate = z.infer<typeof templateCreateSchema>;
