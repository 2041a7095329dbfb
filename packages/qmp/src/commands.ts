import type { MigrationCommands } from "./migration-commands.ts";

/** States of a virtual machine, from QEMU's qapi/run-state.json. */
export type RunState =
  | "debug"
  | "inmigrate"
  | "internal-error"
  | "io-error"
  | "paused"
  | "postmigrate"
  | "prelaunch"
  | "finish-migrate"
  | "restore-vm"
  | "running"
  | "save-vm"
  | "shutdown"
  | "suspended"
  | "watchdog"
  | "guest-panicked"
  | "colo";

export interface Command<Arguments, Result> {
  readonly arguments: Arguments;
  readonly result: Result;
}

/** A key by its QKeyCode. */
export interface InputEvent {
  readonly type: "key";
  readonly data: { readonly down: boolean; readonly key: { readonly type: "qcode"; readonly data: string } };
}

/** What a disk may do in a second: bytes and operations, in all, reading and writing. Zero: no limit. */
export interface IoThrottle {
  readonly bps: number;
  readonly bps_rd: number;
  readonly bps_wr: number;
  readonly iops: number;
  readonly iops_rd: number;
  readonly iops_wr: number;
}

/** A file of a disk, and what it stands on. */
export interface BlockImage {
  /** A path, or `json:` and how the node was opened. */
  readonly filename: string;
  readonly "backing-image"?: BlockImage;
}

export type Empty = Record<string, never>;

/** The QMP commands that Lodge uses, with their parameters and results (QEMU 7.2 and later). */
export interface QmpCommands extends MigrationCommands {
  "query-status": Command<void, { readonly running: boolean; readonly status: RunState }>;
  "query-version": Command<
    void,
    {
      readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
      readonly package: string;
    }
  >;
  /** What a model of processor has in this machine, as properties of the model `base`. */
  "query-cpu-model-expansion": Command<
    { readonly type: "static" | "full"; readonly model: { readonly name: string } },
    { readonly model: { readonly name: string; readonly props?: Readonly<Record<string, unknown>> } }
  >;
  /** The places for CPUs; those that have one say where it is in the object tree. */
  "query-hotpluggable-cpus": Command<
    void,
    readonly {
      readonly type: string;
      readonly props: Readonly<Record<string, number>>;
      readonly "qom-path"?: string;
    }[]
  >;
  /** `requested-size` and `size`: of virtio-mem, bytes that the guest is to have, and that it has taken. */
  "query-memory-devices": Command<
    void,
    readonly {
      readonly type: string;
      readonly data: { readonly id?: string; readonly "requested-size"?: number; readonly size?: number };
    }[]
  >;
  /** Of the disks that the machine sees; `qdev`: the path of the device, or its id. */
  "query-blockstats": Command<
    void,
    readonly {
      readonly qdev?: string;
      readonly stats: {
        readonly rd_bytes: number;
        readonly wr_bytes: number;
        readonly rd_operations: number;
        readonly wr_operations: number;
      };
    }[]
  >;
  "query-kvm": Command<void, { readonly enabled: boolean; readonly present: boolean }>;
  /** `frontend-open`: for a virtio-serial port, whether the guest has it open. */
  "query-chardev": Command<
    void,
    readonly { readonly label: string; readonly filename: string; readonly "frontend-open": boolean }[]
  >;
  stop: Command<void, Empty>;
  cont: Command<void, Empty>;
  /** Presses the ACPI power button. */
  system_powerdown: Command<void, Empty>;
  system_reset: Command<void, Empty>;
  /** Ends QEMU. The answer may be lost with the connection. */
  quit: Command<void, Empty>;
  /** Events sent together reach the guest in order. Those for a machine that does not run are dropped without a word. */
  "input-send-event": Command<{ readonly events: readonly InputEvent[] }, Empty>;
  /** Keeps a descriptor that comes with the command, under a name by which another command takes it. */
  getfd: Command<{ readonly fdname: string }, Empty>;
  closefd: Command<{ readonly fdname: string }, Empty>;
  /** Keeps a descriptor that comes with the command as `/dev/fdset/FDSET-ID`. */
  "add-fd": Command<{ readonly opaque?: string }, { readonly "fdset-id": number; readonly fd: number }>;
  "remove-fd": Command<{ readonly "fdset-id": number }, Empty>;
  "query-fdsets": Command<
    void,
    readonly { readonly "fdset-id": number; readonly fds: readonly { readonly opaque?: string }[] }[]
  >;
  "blockdev-add": Command<object, Empty>;
  "blockdev-del": Command<{ readonly "node-name": string }, Empty>;
  /** Puts the node `overlay`, opened without its backing file, on top of `node`: from now on devices of `node` write to it. */
  "blockdev-snapshot": Command<{ readonly node: string; readonly overlay: string }, Empty>;
  /** Begins a job that copies into a node what lies below it down to `base-node`; BLOCK_JOB_COMPLETED tells its end. */
  "block-stream": Command<
    {
      readonly "job-id": string;
      readonly device: string;
      readonly "base-node"?: string;
      /** How the node's file names its backing file afterwards. */
      readonly "backing-file"?: string;
    },
    Empty
  >;
  /** Gives a disk another size (bytes) and tells the guest. */
  block_resize: Command<{ readonly "node-name": string; readonly size: number }, Empty>;
  "block-job-cancel": Command<{ readonly device: string; readonly force?: boolean }, Empty>;
  "query-block-jobs": Command<
    void,
    readonly { readonly device: string; readonly len: number; readonly offset: number }[]
  >;
  /** Limits a disk, by `id`: its `qdev` of `query-block`. */
  block_set_io_throttle: Command<IoThrottle & { readonly id: string }, Empty>;
  /** Devices and what they write to. */
  "query-block": Command<
    void,
    readonly {
      /** QEMU's id of the device, or its path in the object tree. */
      readonly qdev?: string;
      readonly inserted?: { readonly "node-name"?: string; readonly image: BlockImage } & Partial<IoThrottle>;
    }[]
  >;
  "query-named-block-nodes": Command<
    { readonly flat?: boolean },
    readonly { readonly "node-name"?: string; readonly drv: string; readonly file: string }[]
  >;
  /** Nothing; or a connection that stands already: `str` is the name under which `getfd` keeps its descriptor. */
  "chardev-add": Command<
    {
      readonly id: string;
      readonly backend:
        | { readonly type: "null"; readonly data: Empty }
        | {
            readonly type: "socket";
            readonly data: {
              readonly addr: { readonly type: "fd"; readonly data: { readonly str: string } };
              readonly server: false;
            };
          };
    },
    Empty
  >;
  "chardev-remove": Command<{ readonly id: string }, Empty>;
  netdev_add: Command<{ readonly type: string; readonly id: string; readonly fd?: string }, Empty>;
  netdev_del: Command<{ readonly id: string }, Empty>;
  /** Plugs the cable of a nic in or out, as the guest sees it. */
  set_link: Command<{ readonly name: string; readonly up: boolean }, Empty>;
  device_add: Command<{ readonly driver: string; readonly id: string; readonly [property: string]: unknown }, Empty>;
  /** Asks the guest to let go of a device; DEVICE_DELETED follows when it has. */
  device_del: Command<{ readonly id: string }, Empty>;
  "qom-list": Command<{ readonly path: string }, readonly { readonly name: string; readonly type: string }[]>;
  "qom-get": Command<{ readonly path: string; readonly property: string }, unknown>;
  "qom-set": Command<{ readonly path: string; readonly property: string; readonly value: unknown }, Empty>;
  screendump: Command<{ readonly filename: string; readonly format?: "ppm" | "png"; readonly device?: string }, Empty>;
}
export type QmpCommandName = keyof QmpCommands;

/** The arguments of a command as a parameter list: none for a command that takes none. */
export type CommandArguments<C extends Command<unknown, unknown>> = C["arguments"] extends void
  ? []
  : [parameters: C["arguments"]];
