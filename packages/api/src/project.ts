import { z } from "zod";
import { configSchema } from "./primitives.ts";

export const projectSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** The features as they are, also where nobody has set them. */
  config: configSchema,
  /** URLs of what is in it: instances, images, profiles, custom volumes; of `default` networks as well. */
  used_by: z.array(z.string()),
});
export type Project = z.infer<typeof projectSchema>;

/** `PUT /1.0/projects/NAME` replaces all of it; `PATCH` only what is given, and joins maps. */
export const projectPutSchema = z.object({ description: z.string().nullish(), config: configSchema.nullish() });
export type ProjectPut = z.infer<typeof projectPutSchema>;

/** `POST /1.0/projects`. The daemon checks the name (`project_name_invalid`). */
export const projectCreateSchema = projectPutSchema.extend({
  name: z.string(),
  /** The pool of a root disk that the project's profile `default` gets; missing: none. */
  storage: z.string().optional(),
  /** The network of a nic that it gets. */
  network: z.string().optional(),
});
export type ProjectCreate = z.infer<typeof projectCreateSchema>;

/** `POST /1.0/projects/NAME`: the new name of an empty project. */
export const projectRenameSchema = z.object({ name: z.string() });

/** What a project has taken of one thing, and may take: numbers, or bytes of memory and disk. */
export const projectResourceSchema = z.object({
  /** -1: as much as there is. */
  Limit: z.number(),
  Usage: z.number(),
});
export type ProjectResource = z.infer<typeof projectResourceSchema>;

/** `GET /1.0/projects/NAME/state`: by `containers`, `virtual-machines`, `instances`, `cpu`, `memory`, `disk`, `networks`, `processes`. */
export const projectStateSchema = z.object({ resources: z.record(z.string(), projectResourceSchema) });
export type ProjectState = z.infer<typeof projectStateSchema>;
