/** What may be asked of instances, their snapshots and their metadata. */

import type { Duplex, Readable } from "node:stream";
import type {
  Config,
  Devices,
  ImagePublish,
  Instance,
  InstanceCreate,
  InstanceFork,
  InstanceFull,
  InstanceMetadata,
  InstanceMetadataPut,
  InstancePut,
  InstanceRebuild,
  InstanceSnapshot,
  InstanceState,
  InstanceStatePut,
  KeysPost,
  SnapshotCreate,
  SnapshotPost,
  SnapshotPut,
} from "@lodge/api";
import type { ConsoleSession, ExecRequest, ExecSession, GuestFiles } from "../instances/driver.ts";
import type { InstanceMove } from "../instances/move.ts";
import type { ProjectMove } from "../instances/move-project.ts";
import type { RunningOperation } from "../operations/operation.ts";

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
