import { z } from "zod";
import { instanceFields } from "./instance-fields.ts";
import { migrationTargetSchema } from "./migration.ts";
import { snapshotName, snapshotNameRule } from "./snapshot-name.ts";

export const snapshotNameSchema = z.string().regex(snapshotName, snapshotNameRule);

/** RFC 3339 or null; missing and null leave it to the daemon, the wire's zero time means never. */
const expirySchema = z.iso.datetime({ offset: true }).nullish();

/** A snapshot as `GET /1.0/instances/NAME/snapshots/SNAPSHOT` shows it: the instance as it was at that moment. */
export const instanceSnapshotSchema = z.object({
  /** Without the instance's. */
  name: z.string(),
  ...instanceFields,
  /** Whether it holds memory and devices too. */
  stateful: z.boolean(),
  /** When it is deleted by itself; the zero time: never. */
  expires_at: z.string(),
  /** Bytes that it takes in its pool; -1 where it was not asked for (`recursion=2` of all instances). */
  size: z.int(),
});
export type InstanceSnapshot = z.infer<typeof instanceSnapshotSchema>;

/** `POST /1.0/instances/NAME/snapshots`. */
export const snapshotCreateSchema = z.object({
  /** Empty or missing: `snap0`, `snap1`… */
  name: z.string().nullish(),
  /** With memory and devices: of a virtual machine that runs, or was stopped with them. */
  stateful: z.boolean().nullish(),
  expires_at: expirySchema,
});
export type SnapshotCreate = z.infer<typeof snapshotCreateSchema>;

/** `PUT` and `PATCH …/snapshots/SNAPSHOT`. */
export const snapshotPutSchema = z.object({ expires_at: expirySchema });
export type SnapshotPut = z.infer<typeof snapshotPutSchema>;

/** `POST …/snapshots/SNAPSHOT`: a new name or, with `migration`, what it was is sent to another server. */
export const snapshotPostSchema = z.object({
  name: z.string().default(""),
  migration: z.boolean().nullish(),
  live: z.boolean().nullish(),
  target: migrationTargetSchema.nullish(),
});
export type SnapshotPost = z.infer<typeof snapshotPostSchema>;
