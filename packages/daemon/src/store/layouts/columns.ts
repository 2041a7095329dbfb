/** Kinds of columns that several tables have. */
import type { InstanceId, SnapshotId, StateId, StateRecord, VolumeId } from "@lodge/core";
import { z } from "zod";

/** A column of JSON text. */
export const json = <T>(schema: z.ZodType<T>) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
export const boolean = z.union([z.literal(0), z.literal(1)]).transform((n) => n === 1);
export const date = z.iso.datetime().transform((text) => new Date(text));
export const life = z.enum(["creating", "present", "deleting"]);
export const bit = (value: boolean): number => (value ? 1 : 0);

/** SQL has null where a record lacks the field. */
export const lastUsed = (at: Date | null) => (at === null ? {} : { lastUsedAt: at });

export const instanceId = z.string().transform((id) => id as InstanceId);
export const volumeId = z.string().transform((id) => id as VolumeId);
export const snapshotId = z.string().transform((id) => id as SnapshotId);

export const stateRecord: z.ZodType<StateRecord> = z.object({
  id: z.string().transform((id) => id as StateId),
  size: z.number(),
});
/** As for `lastUsed`. */
export const held = (state: StateRecord | null) => (state === null ? {} : { state });
