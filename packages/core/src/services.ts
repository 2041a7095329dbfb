/**
 * What the edge (HTTP) may ask of the core. Reads answer at once; slow work answers with an operation that has begun. What can be
 * refused without touching the host (names, keys, unknown images) is refused before the operation begins, so that it has
 * an HTTP status of its own.
 */
import type { Duplex, Readable } from "node:stream";
import type {
  Alias,
  AliasCreate,
  AliasPut,
  BackupCreate,
  BackupPost,
  Certificate,
  CertificatePut,
  Config,
  Devices,
  Governor,
  GovernorLine,
  HistoryQuery,
  HostHistory,
  HostInfo,
  Image,
  ImageBuild,
  ImageFormatName,
  ImageProjectCopy,
  ImagePublish,
  ImagePull,
  ImageUrlPull,
  Instance,
  InstanceBackup,
  InstanceCreate,
  InstanceFork,
  InstanceFull,
  InstanceHistory,
  InstanceMetadata,
  InstanceMetadataPut,
  InstancePut,
  InstanceRebuild,
  InstanceSnapshot,
  InstanceSource,
  InstanceState,
  InstanceStatePut,
  InstanceType,
  KeysPost,
  Network,
  NetworkCreate,
  NetworkForward,
  NetworkForwardCreate,
  NetworkForwardPut,
  NetworkLease,
  NetworkPut,
  NetworkState,
  Pool,
  PoolCreate,
  PoolPut,
  PoolResources,
  Profile,
  ProfileCreate,
  ProfilePut,
  Project,
  ProjectCreate,
  ProjectFeature,
  ProjectPut,
  ProjectState,
  Resources,
  SnapshotCreate,
  SnapshotPost,
  SnapshotPut,
  StorageVolume,
  StorageVolumeCreate,
  StorageVolumePut,
  StorageVolumeSnapshot,
  StorageVolumeState,
  Template,
  TemplateCreate,
  Usage,
  VolumeBackup,
  VolumeSnapshotCreate,
  VolumeSnapshotPut,
  Warning,
  WarningPut,
} from "@lodge/api";
import type { Caller } from "./access/caller.ts";
import type { ImageSecrets } from "./access/image-secrets.ts";
import type { TrustTokens } from "./access/tokens.ts";
import type { EventBus } from "./events/bus.ts";
import type { OfferedImage } from "./images/server.ts";
import type { ConsoleSession, ExecRequest, ExecSession, GuestFiles } from "./instances/driver.ts";
import type { InstanceMove } from "./instances/move.ts";
import type { ProjectMove } from "./instances/move-project.ts";
import type { InstanceName } from "./instances/records.ts";
import type { InstanceSending } from "./migration/send-instance.ts";
import type { MigrationSide } from "./migration/side.ts";
import type { VolumeSending } from "./migration/volumes.ts";
import type { RunningOperation } from "./operations/operation.ts";
import type { Operations } from "./operations/operations.ts";
import type { OwnedVolumes } from "./storage/owned-volumes.ts";
import type { VolumeName } from "./volumes/find.ts";

export interface SnapshotService {
  /** The oldest first, with the space that each takes. */
  list(project: string, instance: string): Promise<InstanceSnapshot[]>;
  get(project: string, instance: string, name: string): Promise<InstanceSnapshot>;
  /** The name that is chosen for a nameless one is in the operation's resources. */
  create(project: string, instance: string, request: SnapshotCreate): Promise<RunningOperation>;
  update(project: string, instance: string, name: string, change: SnapshotPut): Promise<RunningOperation>;
  rename(project: string, instance: string, name: string, request: SnapshotPost): Promise<RunningOperation>;
  delete(project: string, instance: string, name: string): Promise<RunningOperation>;
}

/** What of an instance a client may change, as it is now. */
export interface EditableInstance
  extends Readonly<Pick<Instance, "name" | "architecture" | "description" | "config" | "devices" | "ephemeral">> {
  readonly profiles: readonly string[];
}

/**
 * Makes a change of what an instance is now, and may throw (If-Match). Asked again under the instance's lock, where nothing
 * changes any more.
 */
export type InstanceChange = (current: EditableInstance) => InstancePut;

/** What is made of a backup, as against what that says. */
export interface InstanceImport {
  readonly name?: string;
  readonly pool?: string;
  readonly config?: Config;
  /** In the place of devices of these names, or beside them. */
  readonly devices?: Devices;
  /** Of an increment: the instance that it is brought into, which nothing else is changed of. */
  readonly onto?: string;
}

/** Of instances, or of custom volumes. `Name`: what users call what the backups are of; `Shown`: a backup as the wire shows it. */
export interface BackupService<Name, Shown> {
  /** The oldest first. */
  list(of: Name): Promise<Shown[]>;
  get(of: Name, backup: string): Promise<Shown>;
  /** Puts by what is needed for a backup of it as it is now: what is fetched later is made then. */
  create(of: Name, request: BackupCreate): Promise<RunningOperation>;
  rename(of: Name, backup: string, request: BackupPost): Promise<RunningOperation>;
  delete(of: Name, backup: string): Promise<RunningOperation>;
  /** The stream of one that is kept. Destroyed, or read to its end, it leaves nothing open. */
  fetch(of: Name, backup: string): Promise<Readable>;
  /** The stream of one that is not. */
  stream(of: Name, request: BackupCreate): Promise<Readable>;
}

export interface InstanceService {
  list(project: string): Promise<Instance[]>;
  /** Those that are accepted, with all that there is to tell. What running ones take of their pool may be some seconds old. */
  listFull(project: string, accepts: (instance: Instance) => boolean): Promise<InstanceFull[]>;
  get(project: string, name: string): Promise<Instance>;
  state(project: string, name: string): Promise<InstanceState>;
  create(project: string, request: InstanceCreate): Promise<RunningOperation>;
  /** Makes an instance of a backup while that comes; the operation ends after the stream. `backup_invalid`. */
  import(project: string, stream: Readable, request: InstanceImport): Promise<RunningOperation>;
  /** An image of a stopped instance or of a snapshot. Operation metadata as for an import. */
  publish(project: string, request: ImagePublish): Promise<RunningOperation>;
  /** With `restore` it goes back to a snapshot. */
  update(project: string, name: string, change: InstancePut | InstanceChange): Promise<RunningOperation>;
  changeState(project: string, name: string, change: InstanceStatePut): Promise<RunningOperation>;
  /** A stopped instance with a fresh root; name, configuration, devices and addresses stay. `instance_has_snapshots`. */
  rebuild(project: string, name: string, request: InstanceRebuild): Promise<RunningOperation>;
  delete(project: string, name: string): Promise<RunningOperation>;
  /** Further instances of one that runs, which go on where it is. Operation metadata: `fork_progress`, `stood_still_milliseconds`. */
  fork(project: string, name: string, request: InstanceFork): Promise<RunningOperation>;
  /** A stopped one. */
  rename(project: string, name: string, newName: string): Promise<RunningOperation>;
  /** Brings a stopped one, with its snapshots and backups, to another project. */
  moveToProject(project: string, name: string, request: ProjectMove): Promise<RunningOperation>;
  /** Brings a stopped one to another pool. */
  move(project: string, name: string, request: InstanceMove): Promise<RunningOperation>;
  /** Adds the instance's `environment.*` keys; throws `instance_wrong_state`, `instance_not_ready`. */
  exec(project: string, name: string, request: ExecRequest): Promise<ExecSession>;
  /**
   * The instance is there for a session and ends with it: by the returned function, or by the next daemon when this one dies before.
   * An ephemeral instance is deleted then.
   */
  bindToSession(project: string, name: string): Promise<() => Promise<void>>;
  console(project: string, name: string): Promise<ConsoleSession>;
  consoleLog(project: string, name: string): Promise<Buffer>;
  clearConsoleLog(project: string, name: string): Promise<void>;
  /** What the program that runs it said. */
  runtimeLog(project: string, name: string): Promise<Buffer>;
  /** PNG. `not_supported` for containers. */
  screenshot(project: string, name: string): Promise<Buffer>;
  /** Types on the keyboard of a running instance, after what others are typing. `not_supported` for containers, `keys_invalid`. */
  pressKeys(project: string, name: string, request: KeysPost): Promise<RunningOperation>;
  /** Finds the screen of a running instance; the result connects a viewer to it, see `Screens`. `not_supported` for containers. */
  screen(project: string, name: string): Promise<() => Promise<Duplex>>;
  /** The caller closes it. */
  files(project: string, name: string): Promise<GuestFiles>;
}

/** What goes from one server to another: each side is an operation with websockets of its own, or to the other's. */
export interface MigrationService {
  /** `instance_wrong_state` of what runs and is to go with its memory, or has memory kept. */
  sendInstance(sending: InstanceSending): Promise<MigrationSide>;
  /** What the request leaves out is as the source says. */
  receiveInstance(project: string, request: InstanceCreate): Promise<MigrationSide>;
  sendVolume(sending: VolumeSending): Promise<MigrationSide>;
  receiveVolume(project: string, pool: string, request: StorageVolumeCreate): Promise<MigrationSide>;
}

/** What instances have of their images' metadata, and their templates. */
export interface InstanceMetadataService {
  get(project: string, name: string): Promise<InstanceMetadata>;
  /** `change`: see `NetworkService.update`. */
  update(project: string, name: string, change: (current: InstanceMetadata) => InstanceMetadataPut): Promise<void>;
  templates(project: string, name: string): Promise<string[]>;
  /** `template_file_not_found`. */
  template(project: string, name: string, template: string): Promise<string>;
  /** `template_file_invalid`. */
  putTemplate(project: string, name: string, template: string, text: string): Promise<void>;
  deleteTemplate(project: string, name: string, template: string): Promise<void>;
}

/** Where an upload is received: a directory of its own, removed with everything in it unless an import takes its files. */
export interface Staging {
  readonly directory: string;
  dispose(): Promise<void>;
}

export interface ImageImport {
  readonly staging: Staging;
  /** Paths inside the staging directory. */
  readonly metadata?: string;
  readonly rootfs: string;
  /** What `rootfs` is; `auto`: its content tells. */
  readonly format: ImageFormatName;
  /** How old it is; for the metadata that are made where there are none. */
  readonly created?: Date;
  readonly filename: string;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
  /** Missing: the default one. */
  readonly profiles?: readonly string[];
}

/** Images of servers beyond this host. */
export interface RemoteImageService {
  list(
    source: Pick<InstanceSource, "server" | "protocol" | "certificate">,
    signal: AbortSignal,
  ): Promise<readonly OfferedImage[]>;
  /** Operation metadata: `download_progress`, at the end `fingerprint`, `size`. */
  pull(request: ImagePull): Promise<RunningOperation>;
  /** The same of an image that has a URL of its own. */
  pullByUrl(request: ImageUrlPull): Promise<RunningOperation>;
  /** A newer one of an image's source takes its place. Operation metadata: `refreshed`. */
  refresh(fingerprint: string): Promise<RunningOperation>;
}

/** All that is said of an image and is not in it. */
export interface ImageChange {
  readonly public: boolean;
  readonly autoUpdate: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly profiles: readonly string[];
  readonly expiresAt: Date | undefined;
}

export interface ImageService {
  /** Takes an image that another project uses. Operation metadata: at the end `fingerprint`, `size`. `image_exists`, `alias_exists`. */
  copy(request: ImageProjectCopy): Promise<RunningOperation>;
  list(): Promise<Image[]>;
  /** By fingerprint or an unambiguous prefix of it. */
  get(fingerprint: string): Promise<Image>;
  stage(): Promise<Staging>;
  /** Takes over the staging, also when it fails. Operation metadata: `import_progress`, at the end `fingerprint`, `size`. */
  import(request: ImageImport): Promise<RunningOperation>;
  /** Operation metadata: `build_progress` ("12% installing packages"), at the end `fingerprints` by type. */
  build(request: ImageBuild): Promise<RunningOperation>;
  definitions(): Promise<string[]>;
  delete(fingerprint: string): Promise<RunningOperation>;
  update(fingerprint: string, change: ImageChange): Promise<void>;
  /** Absolute paths of the image's files; `metadata` is missing for unified images. */
  files(fingerprint: string): Promise<{
    readonly metadata?: string;
    readonly rootfs: string;
    readonly type: InstanceType;
    readonly filename: string;
  }>;
  aliases(): Promise<Alias[]>;
  alias(name: string, type?: InstanceType): Promise<Alias>;
  addAlias(request: AliasCreate): Promise<void>;
  /** Without a type: both. */
  updateAlias(name: string, type: InstanceType | undefined, change: (alias: Alias) => AliasPut): Promise<void>;
  renameAlias(name: string, type: InstanceType | undefined, newName: string): Promise<void>;
  /** Without a type: of two the container's. */
  removeAlias(name: string, type?: InstanceType): Promise<void>;
}

export interface NetworkService {
  list(): Promise<Network[]>;
  get(name: string): Promise<Network>;
  create(request: NetworkCreate): Promise<void>;
  /** `change` is given the network as it is while nothing else can change it, and answers what it shall be, or throws. */
  update(name: string, change: (network: Network) => NetworkPut): Promise<void>;
  rename(name: string, to: string): Promise<void>;
  delete(name: string): Promise<void>;
  state(name: string): Promise<NetworkState>;
  leases(name: string): Promise<NetworkLease[]>;
}

export interface NetworkForwardService {
  list(network: string): Promise<NetworkForward[]>;
  get(network: string, listen: string): Promise<NetworkForward>;
  create(network: string, request: NetworkForwardCreate): Promise<void>;
  /** `change`: see `NetworkService.update`. */
  update(network: string, listen: string, change: (forward: NetworkForward) => NetworkForwardPut): Promise<void>;
  delete(network: string, listen: string): Promise<void>;
}

export interface PoolService {
  list(): Promise<Pool[]>;
  get(name: string): Promise<Pool>;
  /** `pool_unavailable`. */
  resources(name: string): Promise<PoolResources>;
  create(request: PoolCreate): Promise<void>;
  /** `change`: see `NetworkService.update`. */
  update(name: string, change: (pool: Pool) => PoolPut): Promise<void>;
  /** `force`: of one that is not available, with all that lay in it. */
  delete(name: string, force?: boolean): Promise<void>;
}

/** An ISO that has been received, to become a volume. */
export interface VolumeImport {
  readonly name: string;
  readonly staging: Staging;
  /** Path inside the staging directory. */
  readonly file: string;
}

export interface VolumeService {
  list(project: string, pool: string): Promise<StorageVolume[]>;
  get(volume: VolumeName): Promise<StorageVolume>;
  state(volume: VolumeName): Promise<StorageVolumeState>;
  /** What is copied is an operation; what is empty is there when it returns. */
  create(project: string, pool: string, request: StorageVolumeCreate): Promise<RunningOperation | undefined>;
  /** Takes over the staging, also when it fails. */
  import(project: string, pool: string, request: VolumeImport): Promise<RunningOperation>;
  /** Makes a volume of a backup while that comes, under another name than it says if one is given. `backup_invalid`. */
  importBackup(project: string, pool: string, stream: Readable, name: string | undefined): Promise<RunningOperation>;
  /** `change`: see `NetworkService.update`. A size takes effect at once, also for those that run with the volume. */
  update(volume: VolumeName, change: (volume: StorageVolume) => StorageVolumePut): Promise<void>;
  rename(volume: VolumeName, to: string): Promise<void>;
  /** To another pool, with its snapshots. Nobody may have it: `volume_in_use`. */
  move(volume: VolumeName, to: Pick<VolumeName, "pool" | "name">): Promise<RunningOperation>;
  delete(volume: VolumeName): Promise<void>;
}

export interface VolumeSnapshotService {
  /** The oldest first. */
  list(volume: VolumeName): Promise<StorageVolumeSnapshot[]>;
  get(volume: VolumeName, name: string): Promise<StorageVolumeSnapshot>;
  /** The name that is chosen for a nameless one is in the operation's resources. */
  create(volume: VolumeName, request: VolumeSnapshotCreate): Promise<RunningOperation>;
  /** Nobody may run with the volume: `volume_in_use`. */
  restore(volume: VolumeName, name: string): Promise<void>;
  update(volume: VolumeName, name: string, change: VolumeSnapshotPut): Promise<void>;
  rename(volume: VolumeName, name: string, newName: string): Promise<RunningOperation>;
  delete(volume: VolumeName, name: string): Promise<RunningOperation>;
}

export interface ProfileService {
  list(project: string): Promise<Profile[]>;
  get(project: string, name: string): Promise<Profile>;
  create(project: string, request: ProfileCreate): Promise<void>;
  /**
   * `change` makes the new whole of the current profile, and may throw (If-Match); nothing changes in between. Refused when any
   * instance that uses the profile would become invalid.
   */
  update(project: string, name: string, change: (current: Profile) => ProfilePut): Promise<void>;
  /** Instances that use it use it under its new name. */
  rename(project: string, name: string, newName: string): Promise<void>;
  delete(project: string, name: string): Promise<void>;
}

export interface ProjectService {
  names(): Promise<string[]>;
  list(): Promise<Project[]>;
  get(name: string): Promise<Project>;
  /** What it has taken and may take. */
  state(name: string): Promise<ProjectState>;
  /** With its features. */
  config(name: string): Promise<Config>;
  /** The project whose images, profiles or volumes a project uses: its own or the default one's. */
  home(project: string, feature: ProjectFeature): Promise<string>;
  /** With a profile `default`, which is empty unless it is told a pool or a network. */
  create(request: ProjectCreate): Promise<void>;
  /** Only of an empty one. Certificates that are restricted to it follow. */
  rename(name: string, newName: string): Promise<void>;
  /** Only of an empty one. Certificates that are restricted to it lose it. */
  delete(name: string): Promise<void>;
  /** `change` makes the new whole of the current project, and may throw (If-Match); nothing changes in between. */
  update(name: string, change: (current: Project) => ProjectPut): Promise<void>;
}

export interface TemplateService {
  list(project: string): Promise<Template[]>;
  get(project: string, id: string): Promise<Template>;
  /** Operation metadata: `build_progress`, at the end `template`. */
  build(project: string, request: TemplateCreate): Promise<RunningOperation>;
  delete(project: string, id: string): Promise<RunningOperation>;
}

/** The server's own configuration. */
export interface ConfigService {
  get(): Promise<Config>;
  /**
   * `change` makes the new whole of the current one, and may throw (If-Match); nothing changes in between. `apply` puts it into
   * effect before it is kept: what it refuses is not changed.
   */
  update(change: (current: Config) => Config, apply?: (config: Config) => Promise<void>): Promise<void>;
}

/** Who is trusted by HTTPS. Certificates are named by fingerprints or unambiguous beginnings of them. */
export interface CertificateService {
  list(): Certificate[];
  get(prefix: string): Certificate;
  /** Of anybody's; who is not known is untrusted. Asked for every request. */
  callerOf(fingerprint: string): Caller;
  /** `certificate_invalid`, `certificate_exists`. Without a name it has that of its subject. */
  add(request: CertificatePut): Promise<Certificate>;
  /** `change`: see `NetworkService.update`. With another certificate its fingerprint is another. */
  update(prefix: string, change: (current: Certificate) => CertificatePut): Promise<void>;
  remove(prefix: string): Promise<void>;
  /** `certificate_exists`. */
  refuseKnown(fingerprint: string): void;
  /** Refuses what `add` would refuse of a restriction. */
  checkRestriction(request: CertificatePut): Promise<void>;
}

/** What instances use, as text of OpenMetrics. */
export interface MetricsService {
  /** Of the instances that run in the projects for which `shows` holds; `server`: and of the daemon itself. */
  scrape(of: { readonly shows: (project: string) => boolean; readonly server: boolean }): Promise<string>;
}

/** What instances that run and the host use. */
export interface UsageService {
  /** Of the projects for which `shows` holds; `host`: and of the host. */
  now(of: { readonly shows: (project: string) => boolean; readonly host: boolean }): Promise<Usage>;
  /** The last hour of an instance, also of one that does not run any more. `instance_not_found` */
  instanceHistory(project: string, name: string, query: HistoryQuery): Promise<InstanceHistory>;
  hostHistory(query: HistoryQuery): Promise<HostHistory>;
}

/** Trouble that the daemon knows of. */
export interface WarningService {
  /** The worst first. */
  list(): Promise<Warning[]>;
  get(uuid: string): Promise<Warning>;
  /** Looks for what is wrong now. Never throws. */
  look(): Promise<void>;
  /** `warning_resolved`. */
  update(uuid: string, change: WarningPut): Promise<void>;
  delete(uuid: string): Promise<void>;
}

/** What the governor did. */
export interface GovernorLogRequest {
  /** The projects whose lines are shown; those of the host are of the project "". */
  readonly shows: (project: string) => boolean;
  readonly instance?: string;
  /** Only what came later. */
  readonly since?: Date;
  /** At most so many, the newest. */
  readonly limit?: number;
}

/** What moves memory between instances. */
export interface GovernorService {
  /** What it sees now, with the instances of these projects. */
  view(shows: (project: string) => boolean): Promise<Governor>;
  /** The oldest first. */
  log(request: GovernorLogRequest): GovernorLine[];
}

export interface HostService {
  info(): Promise<HostInfo>;
  /** Its hardware. */
  resources(): Promise<Resources>;
  /** Shuts all instances down, as before the host itself goes down; see HostShutdown. */
  shutDown(): Promise<RunningOperation>;
}

export interface Services {
  readonly instances: InstanceService;
  readonly instanceMetadata: InstanceMetadataService;
  readonly snapshots: SnapshotService;
  readonly backups: BackupService<InstanceName, InstanceBackup>;
  readonly migrations: MigrationService;
  /** By the projects that use them: a project's own, or the default one's. `project_not_found` */
  readonly images: { of(project: string): Promise<ImageService> };
  /** The same of those that are to become theirs. */
  readonly remoteImages: { of(project: string): Promise<RemoteImageService> };
  readonly networks: NetworkService;
  readonly networkForwards: NetworkForwardService;
  readonly pools: PoolService;
  readonly volumes: VolumeService;
  readonly ownedVolumes: OwnedVolumes;
  readonly volumeSnapshots: VolumeSnapshotService;
  readonly volumeBackups: BackupService<VolumeName, VolumeBackup>;
  readonly profiles: ProfileService;
  readonly projects: ProjectService;
  readonly config: ConfigService;
  readonly certificates: CertificateService;
  readonly tokens: TrustTokens;
  readonly imageSecrets: ImageSecrets;
  readonly templates: TemplateService;
  readonly host: HostService;
  readonly governor: GovernorService;
  readonly metrics: MetricsService;
  readonly usage: UsageService;
  readonly warnings: WarningService;
  readonly operations: Operations;
  readonly events: EventBus;
}
