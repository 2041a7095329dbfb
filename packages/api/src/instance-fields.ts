import { z } from "zod";
import { configSchema, devicesSchema } from "./primitives.ts";

/** What an instance has now and what a snapshot says that it had. */
export const instanceFields = {
  description: z.string(),
  /** `x86_64`, `aarch64` (kernel names, as LXD). */
  architecture: z.string(),
  config: configSchema,
  devices: devicesSchema,
  profiles: z.array(z.string()),
  /** Profiles' (as they are now) and own configuration merged. */
  expanded_config: configSchema,
  expanded_devices: devicesSchema,
  ephemeral: z.boolean(),
  created_at: z.string(),
  last_used_at: z.string(),
};
