/**
 * The contract of the database: the host's truth about what exists. What can be observed is not in here.
 */
import type {
  BackupCompression,
  CertificateRole,
  CertificateType,
  Config,
  Devices,
  GovernedResource,
  GovernorAction,
  ImageProtocol,
  InstanceMetadata,
  InstanceType,
  NetworkForwardPort,
  VolumeContentType,
  WarningSeverity,
  WarningStatus,
} from "@lodge/api";
import type { ImageTemplates } from "./images/source.ts";
import type { InstanceId } from "./instances/driver.ts";
import type { SnapshotId } from "./storage/snapshots.ts";
import type { StateId } from "./storage/states.ts";
import type { VolumeId } from "./storage/volumes.ts";

/** Where an instance is in its life; anything but `present` is settled at the next start of the daemon. */
export type InstanceLife = "creating" | "present" | "deleting";

export interface InstanceRecord {
  readonly id: InstanceId;
  readonly uuid: string;
  readonly name: string;
  readonly project: string;
  readonly type: InstanceType;
  readonly description: string;
  readonly architecture: string;
  /** Of the image that it was made of; missing: it was made empty. */
  readonly fingerprint?: string;
  readonly pool: string;
  /** Own configuration, without profiles. */
  readonly config: Config;
  readonly devices: Devices;
  readonly profiles: readonly string[];
  readonly ephemeral: boolean;
  readonly life: InstanceLife;
  /** Which block of 65536 host ids belongs to it, from 0. Unique. */
  readonly idBlock: number;
  /** The user wants it to run: set by start, cleared by stop and by a shutdown from inside. */
  readonly wanted: boolean;
  /** Its run was to end, or has ended, for another to follow at once: whoever finds it so begins that. Cleared by start and stop. */
  readonly restarting?: true;
  readonly createdAt: Date;
  readonly lastUsedAt?: Date;
  /** What the record says already and the root still has to become. */
  readonly pending?: PendingRoot;
  /** What its next run begins from: it was stopped, or brought back to a snapshot, with its memory. It does not run. */
  readonly state?: StateRecord;
}

/** A kept state of a machine, beside its root. Instances and their snapshots may name the same. */
export interface StateRecord {
  readonly id: StateId;
  /** Bytes. */
  readonly size: number;
}

/** What was begun with an instance's root; done again by the next daemon when this one dies in between. */
export type PendingRoot =
  | { readonly kind: "restore"; readonly snapshot: SnapshotId }
  /** A fresh root of the record's image. */
  | { readonly kind: "rebuild" }
  /** It is becoming a copy of a template's, to be forked; when that is cut short, a fresh one of its image. It does not run. */
  | { readonly kind: "fork" };

/** An instance as it was when its root was kept. */
export interface SnapshotRecord {
  readonly id: SnapshotId;
  readonly instance: InstanceId;
  /** Unique among the instance's. */
  readonly name: string;
  readonly description: string;
  readonly architecture: string;
  /** Own configuration, without profiles, with what the daemon noted in it. */
  readonly config: Config;
  readonly devices: Devices;
  readonly profiles: readonly string[];
  readonly ephemeral: boolean;
  readonly life: InstanceLife;
  readonly createdAt: Date;
  /** Deleted by itself from then on. */
  readonly expiresAt?: Date;
  /** Of the instance, at that moment. */
  readonly lastUsedAt?: Date;
  /** What the machine was at that moment, beside its disk. */
  readonly state?: StateRecord;
}

/** A warm machine: booted from an image, ready, and never anybody's. Launches fork from it. */
export interface TemplateRecord {
  /** Of its root in the pool, as an instance's. */
  readonly id: InstanceId;
  readonly project: string;
  readonly pool: string;
  readonly fingerprint: string;
  /** What it is made of, as JSON: see `TemplateShape`. */
  readonly shape: string;
  readonly state: StateRecord;
  /** Bytes on disk, state and disk together. */
  readonly size: number;
  readonly life: "present" | "deleting";
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** A backup that is kept: a copy in the pool, which nothing writes to. The stream is made when it is fetched. */
export interface KeptBackup {
  /** Unique among those of its instance or volume. */
  readonly name: string;
  readonly pool: string;
  readonly compression: BackupCompression;
  /** In the form of its pool's streams, and not in that which every pool reads. */
  readonly optimized: boolean;
  /** The copy's snapshots, the oldest first. */
  readonly snapshots: readonly { readonly id: SnapshotId; readonly name: string }[];
  /** What it says of what it is of, as that was. */
  readonly index: Readonly<Record<string, unknown>>;
  readonly life: InstanceLife;
  readonly createdAt: Date;
  /** Deleted by itself from then on. */
  readonly expiresAt?: Date;
}

/** Of an instance; the copy is a root. */
export interface BackupRecord extends KeptBackup {
  /** Of the root. */
  readonly id: InstanceId;
  readonly instance: InstanceId;
  readonly type: InstanceType;
  /** Of the image that the root stands on. */
  readonly fingerprint?: string;
  readonly instanceOnly: boolean;
}

/** Of a custom volume; the copy is a volume. */
export interface VolumeBackupRecord extends KeptBackup {
  /** Of the copy. */
  readonly id: VolumeId;
  readonly volume: VolumeId;
  readonly volumeOnly: boolean;
}

export interface ImageRecord {
  readonly fingerprint: string;
  readonly type: InstanceType;
  readonly architecture: string;
  readonly filename: string;
  readonly size: number;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  /** Unified images have no metadata file of their own. */
  readonly split: boolean;
  readonly createdAt: Date;
  readonly uploadedAt: Date;
  readonly lastUsedAt?: Date;
  /** It came here for an instance, and goes when it was not used for long. */
  readonly cached: boolean;
  /** A newer one of its source takes its place. */
  readonly autoUpdate: boolean;
  /** Of nobody's use from then on. */
  readonly expiresAt?: Date;
  /** Of instances that are made of it and say none; missing: the default one. */
  readonly profiles?: readonly string[];
  /** Files that instances of it are given. */
  readonly templates?: ImageTemplates;
  /** Missing: it was made or imported here. */
  readonly source?: ImageSourceRecord;
}

/** The server that an image came from. */
export interface ImageSourceRecord {
  readonly server: string;
  readonly protocol: ImageProtocol;
  /** Under which it was asked for; empty: it was named by its fingerprint, and nothing newer takes its place. */
  readonly alias: string;
  /** PEM, where no authority vouches for the server. */
  readonly certificate?: string;
  /** Of a daemon: whose image it is there, unless the default project's. */
  readonly project?: string;
}

/** A row of the images of all projects: several may have one image, with the same files. */
export interface ProjectImageRecord extends ImageRecord {
  readonly project: string;
}

export interface AliasRecord {
  readonly name: string;
  readonly type: InstanceType;
  readonly fingerprint: string;
  readonly description: string;
}

export interface ProjectAliasRecord extends AliasRecord {
  readonly project: string;
}

export interface ProfileRecord {
  readonly name: string;
  readonly project: string;
  readonly description: string;
  readonly config: Config;
  readonly devices: Devices;
}

export interface ProjectRecord {
  readonly name: string;
  readonly description: string;
  readonly config: Config;
}

/** A certificate that is trusted. */
export interface CertificateRecord {
  /** SHA-256 of its DER. */
  readonly fingerprint: string;
  readonly name: string;
  readonly type: CertificateType;
  /** Missing: trusted with everything. */
  readonly restriction?: CertificateRestriction;
  /** PEM. */
  readonly certificate: string;
  readonly createdAt: Date;
}

export interface CertificateRestriction {
  readonly role: CertificateRole;
  readonly projects: readonly string[];
}

export interface NetworkForwardRecord {
  /** The external address; unique among all networks. */
  readonly listen: string;
  readonly description: string;
  readonly config: Config;
  readonly ports: readonly NetworkForwardPort[];
}

export interface NetworkRecord {
  readonly name: string;
  readonly description: string;
  readonly config: Config;
  readonly forwards: readonly NetworkForwardRecord[];
}

export interface PoolRecord {
  readonly name: string;
  readonly driver: string;
  readonly description: string;
  readonly config: Config;
  /** As an instance's: what is not `present` is removed at the next start of the daemon. */
  readonly life: InstanceLife;
}

/** A custom volume. */
export interface VolumeRecord {
  readonly id: VolumeId;
  readonly pool: string;
  readonly project: string;
  /** Unique among the pool's of a project. */
  readonly name: string;
  readonly contentType: VolumeContentType;
  readonly description: string;
  readonly config: Config;
  readonly life: InstanceLife;
  readonly createdAt: Date;
  /** What it is being restored to; done again by the next daemon when this one dies in between. */
  readonly restoring?: SnapshotId;
}

/** A volume as it was. */
export interface VolumeSnapshotRecord {
  readonly id: SnapshotId;
  readonly volume: VolumeId;
  /** Unique among the volume's. */
  readonly name: string;
  readonly description: string;
  readonly config: Config;
  readonly life: InstanceLife;
  readonly createdAt: Date;
  /** Deleted by itself from then on. */
  readonly expiresAt?: Date;
}

/** An instance's own metadata, where they are not its image's any more. */
export interface InstanceMetadataRecord {
  readonly instance: InstanceId;
  readonly metadata: InstanceMetadata;
  /** Templates, by their names. */
  readonly files: Readonly<Record<string, string>>;
}

/** Trouble of which users are told. (type, project, entity) is what it is, and unique. */
export interface WarningRecord {
  readonly uuid: string;
  readonly type: string;
  /** Empty: of the whole server. */
  readonly project: string;
  /** A URL; empty: the host. */
  readonly entity: string;
  readonly severity: WarningSeverity;
  readonly status: WarningStatus;
  readonly message: string;
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** When its status was set. */
  readonly updatedAt: Date;
}

/** What the governor did, and why. */
export interface GovernorLogRecord {
  /** Rises. */
  readonly id: number;
  readonly at: Date;
  /** Empty, as `instance`: of the host. */
  readonly project: string;
  readonly instance: string;
  readonly resource: GovernedResource;
  readonly action: GovernorAction;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** Only said. */
  readonly observed: boolean;
}

/** An operation that has begun and not ended, for the next daemon to settle. */
export interface OperationRecord {
  readonly id: string;
  readonly description: string;
  readonly resources: Readonly<Record<string, readonly string[]>>;
  readonly project: string;
  readonly createdAt: Date;
}

/** Rows by key. `put` inserts or replaces whole. Lists are sorted by name or key. */
export interface Table<Row, Key> {
  list(): Promise<Row[]>;
  get(key: Key): Promise<Row | undefined>;
  put(row: Row): Promise<void>;
  remove(key: Key): Promise<void>;
}

/** Keyed by id; (instance, name) is unique: `snapshot_exists` when taken. Go with their instance. */
export interface SnapshotTable extends Table<SnapshotRecord, SnapshotId> {
  /** One instance's, the oldest first. */
  of(instance: InstanceId): Promise<SnapshotRecord[]>;
}

/** Keyed by id; (owner, name) is unique: `backup_exists` when taken. Go with their instance or volume. */
export interface BackupTable<Row extends { readonly id: unknown }, Owner> extends Table<Row, Row["id"]> {
  /** One owner's, the oldest first. */
  of(owner: Owner): Promise<Row[]>;
}

export interface Tables {
  /** Keyed by id; (project, name) and idBlock are unique: `instance_exists` when taken. */
  readonly instances: Table<InstanceRecord, InstanceId>;
  readonly snapshots: SnapshotTable;
  /** Keyed by instance. Go with their instance. */
  readonly instanceMetadata: Table<InstanceMetadataRecord, InstanceId>;
  readonly backups: BackupTable<BackupRecord, InstanceId>;
  readonly templates: Table<TemplateRecord, InstanceId>;
  /** Keyed by project and fingerprint. */
  readonly images: Table<ProjectImageRecord, { readonly project: string; readonly fingerprint: string }>;
  /** Keyed by project, name and type. Aliases of an image go with it. */
  readonly aliases: Table<
    ProjectAliasRecord,
    { readonly project: string; readonly name: string; readonly type: InstanceType }
  >;
  readonly profiles: Table<ProfileRecord, { readonly project: string; readonly name: string }>;
  /** By name. The default project has a row once somebody has changed it. */
  readonly projects: Table<ProjectRecord, string>;
  /** Keyed by fingerprint. */
  readonly certificates: Table<CertificateRecord, string>;
  readonly networks: Table<NetworkRecord, string>;
  readonly pools: Table<PoolRecord, string>;
  /** Keyed by id; (pool, project, name) is unique: `volume_exists` when taken. */
  readonly volumes: Table<VolumeRecord, VolumeId>;
  /** Keyed by id; (volume, name) is unique: `snapshot_exists` when taken. Go with their volume. By volume, the oldest first. */
  readonly volumeSnapshots: Table<VolumeSnapshotRecord, SnapshotId>;
  readonly volumeBackups: BackupTable<VolumeBackupRecord, VolumeId>;
  /** Keyed by UUID. */
  readonly warnings: Table<WarningRecord, string>;
  readonly operations: Table<OperationRecord, string>;
  /** Keyed and sorted by id. */
  readonly governorLog: Table<GovernorLogRecord, number>;
  /** Settings of the daemon: `id_base`, `core.…`. */
  readonly settings: Table<{ readonly key: string; readonly value: string }, string>;
}

export interface Store extends Tables {
  /**
   * Does several changes at once: all of them, or none when the work throws or the daemon dies. The work uses only the tables that
   * it is given and waits for nothing else, because every other access waits for it.
   */
  atomically<T>(work: (tables: Tables) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
