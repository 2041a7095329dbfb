import { z } from "zod";
import { configSchema, devicesSchema } from "./primitives.ts";

export const profileSchema = z.object({
  name: z.string(),
  description: z.string(),
  config: configSchema,
  devices: devicesSchema,
  used_by: z.array(z.string()),
  project: z.string(),
});
export type Profile = z.infer<typeof profileSchema>;

/** `PUT /1.0/profiles/NAME` replaces all of it; `PATCH` only what is given, and joins maps. */
export const profilePutSchema = z.object({
  description: z.string().nullish(),
  config: configSchema.nullish(),
  devices: devicesSchema.nullish(),
});
export type ProfilePut = z.infer<typeof profilePutSchema>;

/** `POST /1.0/profiles`. The daemon checks the name (`profile_name_invalid`). */
export const profileCreateSchema = profilePutSchema.extend({ name: z.string() });
export type ProfileCreate = z.infer<typeof profileCreateSchema>;

/** `POST /1.0/profiles/NAME`: the new name. */
export const profileRenameSchema = z.object({ name: z.string() });
