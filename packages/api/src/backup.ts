import { z } from "zod";
import { metadataContentSchema } from "./instance-metadata.ts";
import { instanceTypeSchema } from "./primitives.ts";
import { snapshotName, snapshotNameRule } from "./snapshot-name.ts";
import { volumeContentTypes } from "./storage-volume-keys.ts";

export const backupNameSchema = z.string().regex(snapshotName, snapshotNameRule);

/** How a backup may be compressed. LXD takes more; all of these are read again. */
export const backupCompressionSchema = z.enum(["zstd", "gzip", "bzip2", "xz", "none"]);
export type BackupCompression = z.infer<typeof backupCompressionSchema>;

const kept = {
  /** Without that of what it is of. */
  name: z.string(),
  created_at: z.string(),
  /** When it is deleted by itself; the zero time: never. */
  expires_at: z.string(),
  /** Whether it is in a form that only pools of the same driver read. */
  optimized_storage: z.boolean(),
};

/** A backup that is kept, as `GET /1.0/instances/NAME/backups/BACKUP` shows it. */
export const instanceBackupSchema = z.object({
  ...kept,
  /** Whether it has no snapshots. */
  instance_only: z.boolean(),
  /** The older name of the same. */
  container_only: z.boolean(),
});
export type InstanceBackup = z.infer<typeof instanceBackupSchema>;

/** The same of a custom volume: `GET /1.0/storage-pools/POOL/volumes/custom/NAME/backups/BACKUP`. */
export const volumeBackupSchema = z.object({
  ...kept,
  /** Whether it has no snapshots. */
  volume_only: z.boolean(),
});
export type VolumeBackup = z.infer<typeof volumeBackupSchema>;

/** `POST …/NAME/backups`; with `Accept: application/octet-stream` the answer is the backup and nothing is kept. */
export const backupCreateSchema = z.object({
  /** Empty or missing: `backup0`, `backup1`… */
  name: z.string().nullish(),
  /** RFC 3339; missing, null and the wire's zero time: never. */
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  /** Of an instance: without its snapshots. */
  instance_only: z.boolean().nullish(),
  container_only: z.boolean().nullish(),
  /** Of a volume: without its snapshots. */
  volume_only: z.boolean().nullish(),
  /**
   * A snapshot of a virtual machine: the backup is an increment, which holds what changed since that and the snapshots after it (extension
   * `lodge_backup_increments`). Only of backups that are the answer themselves.
   */
  since: z.string().nullish(),
  /**
   * In the form of the pool's driver, which only pools of that read: containers on btrfs. Where there is none it is taken and ignored, as
   * LXD does.
   */
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
/** Older LXDs write `INSTANCE/SNAPSHOT`. */
const ownName = z.string().transform((name) => name.slice(name.lastIndexOf("/") + 1));
const snapshot = z.object({ ...common, name: ownName, expires_at: z.string().nullish() });

const volume = z.object({
  name: z.string().nullish(),
  description: z.string().nullish(),
  config,
  /** Missing in those of before there were others. */
  content_type: z.enum(volumeContentTypes).default("filesystem"),
  created_at: z.string().nullish(),
});
const volumeSnapshot = z.object({
  name: ownName,
  description: z.string().nullish(),
  config,
  created_at: z.string().nullish(),
  expires_at: z.string().nullish(),
});

/** `backup/index.yaml` of a backup: what of it is read. */
export const backupIndexSchema = z
  .object({
    name: z.string(),
    /** Missing in the oldest. */
    type: z.union([instanceTypeSchema, z.literal("custom")]).default("container"),
    /** In a form that only pools of its driver read. */
    optimized: z.boolean().nullish(),
    /** The driver of the pool that it was made in. */
    backend: z.string().nullish(),
    /** Of the snapshots that are in it, the oldest first. */
    snapshots: z.array(z.string()).nullish(),
    config: z
      .object({
        container: instance.nullish(),
        /** What newer LXDs call it. */
        instance: instance.nullish(),
        snapshots: z.array(snapshot).nullish(),
        /** Of a custom volume; an instance's root has one, too. */
        volume: volume.nullish(),
        volume_snapshots: z.array(volumeSnapshot).nullish(),
      })
      .nullish(),
    /** Written by Lodge: of a container, what its image said and what became of it. */
    lodge_metadata: metadataContentSchema.nullish(),
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
    const { name, type, lodge } = index;
    const about = {
      ...{ name, optimized: index.optimized ?? false, backend: index.backend ?? "" },
      ...{ checksum: lodge?.checksum, since: lodge?.since ?? undefined },
      ...(index.lodge_metadata && { metadata: index.lodge_metadata }),
    };
    const missing = (part: string) => {
      context.addIssue({ code: "custom", path: ["config", part], message: "is missing" });
      return z.NEVER;
    };
    const names = index.snapshots ?? [];
    if (type === "custom") {
      const found = index.config?.volume;
      const said = index.config?.volume_snapshots;
      const snapshots = names.map((each) => ({ ...said?.find((one) => one.name === each), name: each }));
      return found ? { ...about, type, volume: found, snapshots } : missing("volume");
    }
    const found = index.config?.container ?? index.config?.instance;
    const said = index.config?.snapshots;
    const snapshots = names.map((each) => ({ ...said?.find((one) => one.name === each), name: each }));
    return found ? { ...about, type, instance: found, snapshots } : missing("container");
  });
export type BackupIndex = z.infer<typeof backupIndexSchema>;
export type InstanceBackupIndex = Exclude<BackupIndex, { readonly type: "custom" }>;
export type VolumeBackupIndex = Extract<BackupIndex, { readonly type: "custom" }>;
