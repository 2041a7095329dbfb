import { z } from "zod";
import { configSchema, devicesSchema } from "./primitives.ts";

export const profileSchema = z.object({
  name: z.string(),
  description: z.string(),
  config: configSchema,
  devices: devicesSchema,
  used_by: z.array(z.string()),
});
export type Profile = z.infer<typeof profileSchema>;

export const projectSchema = z.object({
  name: z.string(),
  description: z.string(),
  config: configSchema,
  used_by: z.array(z.string()),
});
export type Project = z.infer<typeof projectSchema>;
