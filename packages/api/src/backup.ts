import { z } from "zod";
import { instanceTypeSchema } from "./primitives.ts";
import { snapshotName, snapshotNameRule } from "./snapshot-name.ts";

export const backupNameSchema = z.string().regex(snapshotName, snapshotNameRule);

/** How a backup may be compressed. LXD takes more; all of these are read again. */
export const backupCompressionSchema = z.enum(["zstd", "gzip", "bzip2", "xz", "none"]);
export type BackupCompression = z.infer<typeof backupCompressionSchema>;

/** A backup that is kept, as `GET /1.0/instances/NAME/backups/BACKUP` shows it. */
export const instanceBackupSchema = z.object({
  /** Without the instance's. */
  name: z.string(),
  created_at: z.string(),
  /** When it is deleted by itself; the zero time: never. */
  expires_at: z.string(),
  /** Whether it has no snapshots. */
  instance_only: z.boolean(),
  /** The older name of the same. */
  container_only: z.boolean(),
  /** Always false: one form is read by every pool. */
  optimized_storage: z.boolean(),
});
export type InstanceBackup = z.infer<typeof instanceBackupSchema>;

/** `POST /1.0/instances/NAME/backups`; with `Accept: application/octet-stream` the answer is the backup and nothing is kept. */
export const backupCreateSchema = z.object({
  /** Empty or missing: `backup0`, `backup1`… */
  name: z.string().nullish(),
  /** RFC 3339; missing, null and the wire's zero time: never. */
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  instance_only: z.boolean().nullish(),
  container_only: z.boolean().nullish(),
  /**
   * A snapshot of a virtual machine: the backup is an increment, which holds what changed since that and the snapshots after it (extension
   * `lodge_backup_increments`). Only of backups that are the answer themselves.
   */
  since: z.string().nullish(),
  /** Taken and ignored, as LXD does where a pool has no form of its own. */
  optimized_storage: z.boolean().nullish(),
  /** Empty or missing: zstd. */
  compression_algorithm: z.union([backupCompressionSchema, z.literal("")]).nullish(),
});
export type BackupCreate = z.infer<typeof backupCreateSchema>;

/** `POST …/backups/BACKUP`: a new name. */
export const backupPostSchema = z.object({ name: z.string() });
export type BackupPost = z.infer<typeof backupPostSchema>;

/** A value as YAML may have it that other programs wrote. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const config = z.record(z.string(), text).nullish();
const devices = z.record(z.string(), z.record(z.string(), text)).nullish();
const common = {
  description: z.string().nullish(),
  architecture: z.string().nullish(),
  config,
  devices,
  profiles: z.array(z.string()).nullish(),
  ephemeral: z.boolean().nullish(),
  created_at: z.string().nullish(),
  last_used_at: z.string().nullish(),
};
const instance = z.object({ ...common, name: z.string().nullish() });
const snapshot = z.object({
  ...common,
  /** Older LXDs write `INSTANCE/SNAPSHOT`. */
  name: z.string().transform((name) => name.slice(name.lastIndexOf("/") + 1)),
  expires_at: z.string().nullish(),
});
export type BackupSnapshot = z.infer<typeof snapshot>;

/** `backup/index.yaml` of a backup: what of it is read. */
export const backupIndexSchema = z
  .object({
    name: z.string(),
    /** Missing in the oldest. */
    type: instanceTypeSchema.default("container"),
    optimized: z.boolean().nullish(),
    /** Of the snapshots that are in it, the oldest first. */
    snapshots: z.array(z.string()).nullish(),
    config: z
      .object({
        container: instance.nullish(),
        /** What newer LXDs call it. */
        instance: instance.nullish(),
        snapshots: z.array(snapshot).nullish(),
      })
      .nullish(),
    /** Written by Lodge: the archive ends with a checksum of all that is before it. */
    lodge: z
      .object({
        checksum: z.literal("crc32"),
        /** Of an increment: the snapshot that its first state is the difference from. */
        since: z.object({ snapshot: z.string(), uuid: z.string() }).nullish(),
      })
      .nullish(),
  })
  .transform((index, context) => {
    const found = index.config?.container ?? index.config?.instance;
    if (!found) {
      context.addIssue({ code: "custom", path: ["config", "container"], message: "is missing" });
      return z.NEVER;
    }
    const snapshots = index.snapshots ?? [];
    return {
      name: index.name,
      type: index.type,
      optimized: index.optimized ?? false,
      checksum: index.lodge?.checksum,
      since: index.lodge?.since ?? undefined,
      instance: found,
      snapshots: snapshots.map((name) => ({ ...index.config?.snapshots?.find((each) => each.name === name), name })),
    };
  });
export type BackupIndex = z.infer<typeof backupIndexSchema>;
