import { z } from "zod";
import { migrationSourceFields, migrationTargetSchema } from "./migration.ts";
import { configSchema } from "./primitives.ts";
import { snapshotNameSchema } from "./snapshot.ts";
import { volumeContentTypes } from "./storage-volume-keys.ts";

/** Names of volumes are parts of paths as those of snapshots are. */
export const volumeNameSchema = snapshotNameSchema;

export const volumeContentTypeSchema = z.enum(volumeContentTypes);

/** `custom` volumes are the user's; the others are what instances and images have. */
export const storageVolumeTypeSchema = z.enum(["custom", "container", "virtual-machine", "image"]);
export type StorageVolumeType = z.infer<typeof storageVolumeTypeSchema>;

/** A volume as `GET /1.0/storage-pools/POOL/volumes/TYPE/NAME` shows it. */
export const storageVolumeSchema = z.object({
  /** Of an image: its fingerprint. */
  name: z.string(),
  type: storageVolumeTypeSchema,
  content_type: volumeContentTypeSchema,
  pool: z.string(),
  project: z.string(),
  description: z.string(),
  config: configSchema,
  /** URLs of instances and profiles that have it as a disk, or of the instance or image whose it is. */
  used_by: z.array(z.string()),
  location: z.string(),
  created_at: z.string(),
});
export type StorageVolume = z.infer<typeof storageVolumeSchema>;

/** What becomes of a new volume. */
export const volumeSourceSchema = z.object({
  /** Missing, empty and `none`: it is empty. `copy`: what another volume, or a snapshot of it, holds. */
  type: z.enum(["", "none", "copy", "migration"]).nullish(),
  /** `VOLUME` or `VOLUME/SNAPSHOT`. */
  name: z.string().nullish(),
  /** Missing: the new volume's. */
  pool: z.string().nullish(),
  project: z.string().nullish(),
  /** Without its snapshots. */
  volume_only: z.boolean().nullish(),
  /** Bring a copy that is there up to date; where there is none, make it. */
  refresh: z.boolean().nullish(),
  /** For `migration`: `pull` or `push`. */
  mode: z.string().nullish(),
  /** For `migration`, `mode` `pull`: of the source's server, PEM. */
  certificate: z.string().nullish(),
  ...migrationSourceFields,
});

/** `POST /1.0/storage-pools/POOL/volumes/custom`. An ISO comes as the body itself, with its name in a header. */
export const storageVolumeCreateSchema = z.object({
  name: z.string(),
  /** Only `custom`. */
  type: z.string().nullish(),
  /** Missing: `filesystem`, or that of the source. */
  content_type: z.union([volumeContentTypeSchema, z.literal("")]).nullish(),
  description: z.string().nullish(),
  config: configSchema.nullish(),
  source: volumeSourceSchema.nullish(),
});
export type StorageVolumeCreate = z.infer<typeof storageVolumeCreateSchema>;

/** `PUT` and `PATCH …/custom/NAME`. */
export const storageVolumePutSchema = z.object({
  description: z.string().nullish(),
  config: configSchema.nullish(),
  /** Go back to this snapshot; nothing else changes then. */
  restore: z.string().nullish(),
});
export type StorageVolumePut = z.infer<typeof storageVolumePutSchema>;

/** `POST …/custom/NAME`: a new name; with another pool or project, an operation that brings it there. */
export const storageVolumePostSchema = z.object({
  name: z.string(),
  /** Missing: where it is. */
  pool: z.string().nullish(),
  /** Missing: where it is. */
  project: z.string().nullish(),
  /** Send it to another server. */
  migration: z.boolean().nullish(),
  /** Of a migration: without its snapshots. */
  volume_only: z.boolean().nullish(),
  /** Of a migration: where to send it. Missing: whoever gets it comes for it. */
  target: migrationTargetSchema.nullish(),
});
export type StorageVolumePost = z.infer<typeof storageVolumePostSchema>;

/** `GET …/custom/NAME/state`. */
export const storageVolumeStateSchema = z.object({
  usage: z.object({
    /** Bytes that it takes in its pool, its snapshots aside. */
    used: z.int(),
    /** Bytes that it may take; 0: as much as the pool has. */
    total: z.int(),
  }),
});
export type StorageVolumeState = z.infer<typeof storageVolumeStateSchema>;

const expirySchema = z.iso.datetime({ offset: true }).nullish();

/** A snapshot as `GET …/custom/NAME/snapshots/SNAPSHOT` shows it. */
export const storageVolumeSnapshotSchema = z.object({
  /** `VOLUME/SNAPSHOT`, as in LXD. */
  name: z.string(),
  description: z.string(),
  content_type: volumeContentTypeSchema,
  config: configSchema,
  created_at: z.string(),
  /** When it is deleted by itself; null: never. */
  expires_at: z.string().nullable(),
});
export type StorageVolumeSnapshot = z.infer<typeof storageVolumeSnapshotSchema>;

export const volumeSnapshotCreateSchema = z.object({
  /** Empty or missing: `snap0`, `snap1`… */
  name: z.string().nullish(),
  description: z.string().nullish(),
  expires_at: expirySchema,
});
export type VolumeSnapshotCreate = z.infer<typeof volumeSnapshotCreateSchema>;

export const volumeSnapshotPutSchema = z.object({ description: z.string().nullish(), expires_at: expirySchema });
export type VolumeSnapshotPut = z.infer<typeof volumeSnapshotPutSchema>;

export const volumeSnapshotPostSchema = z.object({ name: z.string() });
export type VolumeSnapshotPost = z.infer<typeof volumeSnapshotPostSchema>;
