import { z } from "zod";
import { configSchema } from "./primitives.ts";

export const networkSchema = z.object({
  name: z.string(),
  description: z.string(),
  type: z.string(),
  managed: z.boolean(),
  status: z.string(),
  config: configSchema,
  used_by: z.array(z.string()),
  locations: z.array(z.string()),
});
export type Network = z.infer<typeof networkSchema>;

export const networkLeaseSchema = z.object({
  hostname: z.string(),
  hwaddr: z.string(),
  address: z.string(),
  type: z.enum(["static", "dynamic"]),
  location: z.string(),
});
export type NetworkLease = z.infer<typeof networkLeaseSchema>;
