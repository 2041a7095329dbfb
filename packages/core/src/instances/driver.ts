/**
 * The contract between the core and what runs instances (QEMU, crun).
 *
 * Terms. An instance is *prepared* when the places for its nics exist, *running* when its init or its
 * QEMU process lives, *ready* when `exec` would be answered, *released* when nothing of a run is left on the
 * host but its logs. A driver stores nothing of its own that the specification and the host do not tell: the
 * next daemon gets the same specifications and must find every running instance again (`reconcile`).
 * Every process a driver starts for an instance outlives the daemon, save those of `exec`.
 */
import type { Duplex, Readable, Writable } from "node:stream";
import type { FileEntry, InstanceStatus, InstanceType } from "@lodge/api";
import type { NicPlace } from "../networks/network.ts";
import type { PreparedRoot } from "../storage/pool.ts";
import type { LiveRoot } from "../storage/snapshots.ts";
import type { CloudInitSeed } from "./cloud-init/seed.ts";
import type { AttachedDisk, InstanceDevice } from "./devices/device.ts";
import type { RootDisk } from "./devices/disks.ts";
import type { DiskLimitsSeen } from "./devices/io-limits.ts";
import type { InstanceNic } from "./devices/nic-hardware.ts";
import type { KeyStep } from "./keyboard/plan.ts";
import type { MachineRoom } from "./machine-room.ts";
import type { MachineSize } from "./machine-size.ts";
import type { LaidFile } from "./metadata/lay-templates.ts";
import type { Resumption } from "./saved-state.ts";

/** Eight hexadecimal digits, unique in a LODGE_DIR: names directories, cgroups and interfaces. */
export type InstanceId = string & { readonly brand: "InstanceId" };

/** The host ids that belong to one instance alone. */
export interface IdRange {
  /** Host id of the instance's id 0. For a VM: the uid and gid of its QEMU. */
  readonly base: number;
  /** Always 65536. */
  readonly size: number;
  /** Owner of the instance's user namespace: kernel resources (inotify, keys) are charged to it. */
  readonly owner: number;
}

export interface InstanceIdentity {
  readonly id: InstanceId;
  /** Full UUID: SMBIOS UUID of a VM, `volatile.uuid`. */
  readonly uuid: string;
  readonly name: string;
  readonly project: string;
  readonly ids: IdRange;
  /** Expanded configuration; the values have been checked. */
  readonly config: Readonly<Record<string, string>>;
}

/** All that a start needs. */
export interface InstanceSpec extends InstanceIdentity {
  readonly root: PreparedRoot;
  /** The device of the root, with what a VM's guest is to see it on. */
  readonly rootDisk: Pick<RootDisk, "device" | "bus" | "bootPriority" | "limits">;
  /** In the order of their device names. Those in the network namespace that `prepare` told are none of the driver's and missing. */
  readonly nics: readonly InstanceNic[];
  /** Settles when the nics in that namespace are there: nothing of the guest's may begin before. Missing: there are none to come. */
  readonly connected?: Promise<unknown>;
  /** Everything else that is attached, sorted by type and name. */
  readonly devices: readonly InstanceDevice[];
  /** What cloud-init in the guest is to find before it begins. */
  readonly seed?: CloudInitSeed;
  /** Files that are to be in the root of a container before it begins, before the seed; in a virtual machine's once in the run, before it is ready. */
  readonly laid?: readonly LaidFile[];
  /** The most that a virtual machine and its forks may come to have; it starts with what its configuration says. Missing: no more than that. */
  readonly room?: MachineRoom;
  /** The host's kernel may merge what memory it has alike with others (KSM). */
  readonly mergeMemory?: true;
  /** Begin from this state, of a machine with the same devices; only of drivers with `SavedStates`. */
  readonly resume?: Resumption;
}

/** How a run ended. */
export interface ExitReport {
  /** `reboot`: the guest asked to be started again. `crash`: the runtime died or was killed from outside. */
  readonly reason: "shutdown" | "reboot" | "killed" | "crash";
  /** Exit status of init or QEMU, when known. */
  readonly status?: number;
  /** In words, with the last lines of the runtime's log when it crashed. */
  readonly detail: string;
}

/** What a driver tells the core unasked. Given to its factory. */
export interface DriverEvents {
  /** Once for every run that ended, whoever ended it, also when it ended while no daemon ran. */
  exited(id: InstanceId, report: ExitReport): void;
  /** Once for every run: exec is answered from now on. */
  ready(id: InstanceId): void;
  /** Its guest stands still by the host's fault, and why; undefined: it goes on. */
  stalled?(id: InstanceId, problem: string | undefined): void;
}

/** What can be seen of an instance now. */
export interface Observation {
  readonly status: InstanceStatus;
  readonly ready: boolean;
  /** Host pid of init or QEMU; 0 when stopped. */
  readonly pid: number;
  readonly startedAt?: Date;
  /** Nanoseconds of CPU time used by the run. */
  readonly cpuNanoseconds: number;
  /** Bytes, by the cgroup. */
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  /** The limit, or the host's memory without one; of a virtual machine what its guest has taken of it. */
  readonly memoryTotalBytes: number;
  /** How many CPUs it has to run on, as it sees them itself; missing: not known. */
  readonly cpus?: number;
  /** -1 when it cannot be known. */
  readonly processes: number;
  readonly vm?: MachineFacts;
  /** What the guest of a virtual machine said last that it uses: CPUs, and bytes of memory without what its kernel keeps for itself. */
  readonly guest?: MachineSize;
  /** Of status Error: why its guest stands still. */
  readonly problem?: string;
}

/** What the guest of a virtual machine that runs has for hardware. */
export interface MachineFacts {
  readonly accelerator: "kvm" | "tcg";
  /** Its kernel was loaded from outside, or by its firmware and boot loader. */
  readonly boot: "direct" | "firmware";
  /** A versioned machine type of QEMU's. */
  readonly machine: string;
  /** What the guest finds, also when its kernel was loaded from outside. */
  readonly firmware: "bios" | "uefi";
  readonly secureBoot: boolean;
  readonly tpm: boolean;
  /** The model of its processors, in words. */
  readonly processor: string;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Numeric ids inside the instance. */
  readonly uid: number;
  readonly gid: number;
  /** Missing: the user's home, else `/`. */
  readonly cwd?: string;
  /** A terminal of this size; missing: three separate streams. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

export interface ExecSession {
  readonly stdin: Writable;
  /** With a terminal: everything it prints. */
  readonly stdout: Readable;
  /** Missing with a terminal. */
  readonly stderr?: Readable;
  resize(columns: number, rows: number): void;
  /** A Linux signal number. */
  signal(signal: number): void;
  /** Resolves when the command has ended: its status, or 128 + the signal that ended it; 126 and 127 as shells do. */
  readonly exit: Promise<number>;
  /**
   * The output ends when all that an ended command printed has come, also while what it left running keeps it open. Missing: all has come
   * when it ends, and whoever reads notices by its silence that it only does not end.
   */
  readonly endsOutput?: true;
  /** Ends the command if it still runs (SIGKILL) and frees the session. Idempotent. */
  close(): void;
}

export interface ConsoleSession {
  readonly stream: Duplex;
  resize(columns: number, rows: number): void;
  close(): void;
}

export type GuestFileType = "file" | "directory" | "symlink";

export interface GuestFileInfo {
  readonly type: GuestFileType;
  /** Ids inside the instance. */
  readonly uid: number;
  readonly gid: number;
  /** Permission bits only, 0 to 0o7777. */
  readonly mode: number;
  readonly size: number;
  /** Of a symlink. */
  readonly target?: string;
}

export interface GuestFileAttributes {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

/**
 * Files inside an instance, running or (containers) stopped. Paths are absolute as the guest sees them; no
 * symbolic link leads out of the guest's root. Errors: `file_not_found`, `file_invalid`, `instance_not_ready`.
 */
export interface GuestFiles {
  /** Does not follow a final symlink. */
  stat(path: string): Promise<GuestFileInfo>;
  /** A regular file, following symlinks inside the root. */
  read(path: string): Promise<Readable>;
  /** Entry names, sorted, without `.` and `..`. */
  list(path: string): Promise<string[]>;
  /** What is in a directory, sorted by name. */
  entries(path: string): Promise<FileEntry[]>;
  /** Creates or replaces a regular file (or appends); attributes not given are kept, or 0644 root:root. */
  write(path: string, content: Readable, attributes: GuestFileAttributes, append?: boolean): Promise<void>;
  makeDirectory(path: string, attributes: GuestFileAttributes): Promise<void>;
  makeSymlink(path: string, target: string, attributes: GuestFileAttributes): Promise<void>;
  /** A file, a symlink or an empty directory. */
  remove(path: string): Promise<void>;
  /** Within a file system. What is at `to` already is `file_invalid`. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Serves the same files by SFTP (version 3) on a connection, until its other side, the end of the instance's run or `close` ends it;
   * then the connection is destroyed and this resolves.
   */
  serve(connection: Duplex): Promise<void>;
  /** Ends what still reads, writes or is served. */
  close(): Promise<void>;
}

export interface DriverInfo {
  /** `qemu`, `crun`. */
  readonly name: string;
  /** Of the tool. */
  readonly version: string;
  /** Whether the guests have a screen, see `Screens`. */
  readonly screens: boolean;
}

export interface InstanceDriver {
  readonly type: InstanceType;
  info(): Promise<DriverInfo>;
  /** Makes what must exist before nics are attached. Idempotent. Undone by `release`. */
  prepare(identity: InstanceIdentity): Promise<NicPlace>;
  /**
   * Resolves when init or the guest's CPU runs; on failure throws `instance_start_failed` with the last lines of the
   * runtime's log. The caller releases after a failure.
   */
  start(spec: InstanceSpec, signal: AbortSignal): Promise<void>;
  /** Asks the guest to power off and returns; `exited` follows when it does. */
  shutdown(id: InstanceId): Promise<void>;
  /** Ends the run at once and returns when its processes are gone. Fine on a stopped instance. */
  kill(id: InstanceId): Promise<void>;
  pause(id: InstanceId): Promise<void>;
  resume(id: InstanceId): Promise<void>;
  /** Never throws for a stopped or unknown instance: it is Stopped. */
  observe(id: InstanceId): Promise<Observation>;
  /** Throws `instance_not_ready` while the guest cannot answer. */
  exec(id: InstanceId, request: ExecRequest): Promise<ExecSession>;
  /** The serial console or init's terminal; several sessions may be open. */
  console(id: InstanceId): Promise<ConsoleSession>;
  /** What the console printed in this or the last run, at most the last MiB. */
  consoleLog(id: InstanceId): Promise<Buffer>;
  /** Forgets what the console has printed until now, whether it runs or not. Idempotent. */
  clearConsoleLog(id: InstanceId): Promise<void>;
  /** What the program that runs it said in this or the last run, at most the last MiB. */
  runtimeLog(id: InstanceId): Promise<Buffer>;
  files(identity: InstanceIdentity, root: PreparedRoot | undefined): Promise<GuestFiles>;
  /** Removes everything of a run: cgroups, namespaces, sockets. Logs stay. Idempotent; kills what still runs. */
  release(id: InstanceId): Promise<void>;
  /**
   * At daemon start: finds the runs of these instances again (`exited` is called for those that ended meanwhile without
   * a `release`) and ends and removes every other of this LODGE_DIR.
   */
  reconcile(instances: readonly InstanceIdentity[]): Promise<void>;
  /** Removes logs and keys too: the instance is being deleted. Idempotent. */
  forget(id: InstanceId): Promise<void>;
}

/** Of drivers that let a pool work on the root of an instance that runs. */
export interface LiveRoots {
  /** For one piece of work of the pool. `instance_wrong_state` when it does not run. */
  liveRoot(id: InstanceId): LiveRoot;
}

/** Of drivers that hold an instance to other limits while it runs. */
export interface LiveLimits {
  /**
   * Holds the run to the `limits.…` that the configuration says now. Idempotent. Resolves when it has what they say; the guest of a virtual machine
   * has a part in that, and is waited for. `limit_in_use`: it has more memory than that, which the kernel cannot take away. `limit_fixed`:
   * not while it runs. `limit_unmet`: the guest did not do its part. `host_unsupported`, `limit_exceeds_host`. After a failure some limits
   * may have been changed.
   */
  setLimits(identity: InstanceIdentity): Promise<void>;
}

/** Of drivers that hold disks to other limits while an instance runs. From its start on they are held to those of the specification. */
export interface LiveDiskLimits {
  /**
   * Holds the root disk and these to their limits, and everything else to none. Disks that the run does not have are left out.
   * Idempotent. `host_unsupported`: the host cannot limit what a disk lies on.
   */
  setDiskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device" | "limits">,
    disks: readonly AttachedDisk[],
  ): Promise<void>;
  /** What holds these disks now, by device; missing: nothing. */
  diskLimits(
    id: InstanceId,
    root: Pick<RootDisk, "device">,
    disks: readonly AttachedDisk[],
  ): Promise<Readonly<Record<string, DiskLimitsSeen>>>;
}

/** Of drivers whose disks grow while an instance runs. */
export interface DiskGrowth {
  /** Tells the guest the new size (bytes) of a disk of the configuration, whose file has it already. Idempotent. */
  resizeDisk(id: InstanceId, device: string, size: number): Promise<void>;
}

/** Of drivers whose guests have a screen, a keyboard and a pointer (`info().screens`). */
export interface Screens {
  /** The VGA screen as PNG. */
  screenshot(id: InstanceId): Promise<Buffer>;
  /**
   * A connection for one viewer, with the server's side of RFB (RFC 6143, VNC) on it: screen, keyboard and an absolute pointer.
   * Several may be open and share the screen. It ends with the run; the caller destroys it.
   */
  viewScreen(id: InstanceId): Promise<Duplex>;
  /**
   * Sends the steps to the keyboard, one after the other with their pauses. When it is aborted it lets go of what it has pressed and
   * rejects. A paused guest takes no keys: `instance_wrong_state`.
   */
  pressKeys(id: InstanceId, steps: readonly KeyStep[], signal: AbortSignal): Promise<void>;
}

/** Of drivers that add and take away devices while an instance runs. Names are those of devices in the configuration. */
export interface DevicePlugging {
  /** Types of devices for which it works: `disk`, `nic`… */
  readonly pluggable: readonly string[];
  /** Adds a device; the guest may need a moment to see it. `device_plug_failed`, `device_source_invalid`. */
  plug(identity: InstanceIdentity, device: InstanceDevice): Promise<void>;
  /** Takes a device away and returns when the guest has let go of it (`device_plug_failed` when it does not). Idempotent. */
  unplug(id: InstanceId, name: string): Promise<void>;
  /** The network's side has been attached. */
  plugNic(id: InstanceId, nic: InstanceNic): Promise<void>;
  /** As `unplug`; the network's side is detached afterwards. */
  unplugNic(id: InstanceId, name: string): Promise<void>;
  /**
   * Devices that the run has now, the root disk aside; in any order. Nics too, where they are more than an interface in the
   * network namespace that `prepare` told.
   */
  plugged(id: InstanceId): Promise<readonly string[]>;
}
