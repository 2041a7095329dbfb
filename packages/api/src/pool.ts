import { z } from "zod";
import { configSchema } from "./primitives.ts";

export const poolSchema = z.object({
  name: z.string(),
  description: z.string(),
  driver: z.string(),
  status: z.string(),
  config: configSchema,
  used_by: z.array(z.string()),
  locations: z.array(z.string()),
});
export type Pool = z.infer<typeof poolSchema>;

export const poolResourcesSchema = z.object({
  space: z.object({ used: z.number(), total: z.number() }),
  inodes: z.object({ used: z.number(), total: z.number() }),
});
export type PoolResources = z.infer<typeof poolResourcesSchema>;
