import { z } from "zod";
import { configSchema } from "./primitives.ts";

export const poolSchema = z.object({
  name: z.string(),
  description: z.string(),
  driver: z.string(),
  /** `Created`; `Unavailable` when it could not be opened. */
  status: z.string(),
  config: configSchema,
  /** URLs of instances and profiles that name it. */
  used_by: z.array(z.string()),
  locations: z.array(z.string()),
  /** Of an unavailable one: why (extension `lodge_storage_state`). */
  problem: z.string().optional(),
  /** Of an available one: what it can do (extension `lodge_storage_state`). */
  features: z
    .object({
      /** Whether a container's root can be limited in size. */
      container_size: z.boolean(),
      /** Why not, when it cannot. */
      container_size_reason: z.string().optional(),
      /** What a snapshot or copy of a container's root costs: see `ContainerCopies`. */
      container_copies: z.enum(["instant", "shared", "full"]),
    })
    .optional(),
});
export type Pool = z.infer<typeof poolSchema>;

/** `POST /1.0/storage-pools`. */
export const poolCreateSchema = z.object({
  name: z.string(),
  description: z.string().default(""),
  driver: z.string(),
  config: configSchema.nullish(),
});
export type PoolCreate = z.input<typeof poolCreateSchema>;

/** `PUT` and `PATCH /1.0/storage-pools/NAME`. What `PUT` leaves out is emptied, what `PATCH` leaves out is kept. */
export const poolPutSchema = z.object({ description: z.string().optional(), config: configSchema.nullish() });
export type PoolPut = z.infer<typeof poolPutSchema>;

export const poolResourcesSchema = z.object({
  space: z.object({ used: z.number(), total: z.number() }),
  inodes: z.object({ used: z.number(), total: z.number() }),
});
export type PoolResources = z.infer<typeof poolResourcesSchema>;
