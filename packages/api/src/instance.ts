import { z } from "zod";
import type { InstanceBackup } from "./backup.ts";
import { instanceFields } from "./instance-fields.ts";
import { migrationSourceFields, migrationTargetSchema } from "./migration.ts";
import { configSchema, devicesSchema, instanceTypeSchema } from "./primitives.ts";
import type { InstanceSnapshot } from "./snapshot.ts";

/** An instance as `GET /1.0/instances/NAME` shows it. */
export const instanceSchema = z.object({
  name: z.string(),
  type: instanceTypeSchema,
  ...instanceFields,
  /** It is stopped and holds memory and devices, from which its next run begins. */
  stateful: z.boolean(),
  /** Observed: Running, Stopped, Frozen or Error. */
  status: z.string(),
  status_code: z.int(),
  location: z.string(),
  project: z.string(),
});
export type Instance = z.infer<typeof instanceSchema>;

/** Where the root file system comes from. */
export const instanceSourceSchema = z.object({
  type: z.enum(["image", "none", "copy", "migration"]),
  alias: z.string().optional(),
  fingerprint: z.string().optional(),
  mode: z.string().optional(),
  server: z.string().optional(),
  protocol: z.string().optional(),
  /** For `image` and `migration`: of a server for which no authority vouches, PEM. */
  certificate: z.string().optional(),
  ...migrationSourceFields,
  /** For `migration`: with its memory, which does not go to other servers. */
  live: z.boolean().optional(),
  /** For `image`: shows one that is not public. */
  secret: z.string().optional(),
  /** For `copy`: the instance to copy, `NAME` or, as it was, `NAME/SNAPSHOT`. */
  source: z.string().optional(),
  project: z.string().optional(),
  /** Without its snapshots. */
  instance_only: z.boolean().optional(),
  /** For `copy` and `migration`: an instance of the name that is there already is an earlier copy, and becomes what the source is now. */
  refresh: z.boolean().optional(),
});
export type InstanceSource = z.infer<typeof instanceSourceSchema>;

/** `POST /1.0/instances`. An empty or missing name is chosen by the daemon. */
export const instanceCreateSchema = z.object({
  /** A DNS label, checked by the daemon (`instance_name_invalid`). */
  name: z.string().optional(),
  type: z.union([instanceTypeSchema, z.literal("")]).nullish(),
  source: instanceSourceSchema,
  /** Limits in short: `c2-m4` for 2 CPUs and 4 GiB. `config` wins over it. */
  instance_type: z.string().nullish(),
  description: z.string().nullish(),
  architecture: z.string().nullish(),
  config: configSchema.nullish(),
  devices: devicesSchema.nullish(),
  /** null or missing: `["default"]`; an empty list: none. */
  profiles: z.array(z.string()).nullish(),
  ephemeral: z.boolean().nullish(),
  /** Start after creation (extension `instance_create_start`). */
  start: z.boolean().nullish(),
});
export type InstanceCreate = z.infer<typeof instanceCreateSchema>;

/** `PUT /1.0/instances/NAME`: the whole editable part, usually with If-Match. */
export const instancePutSchema = z.object({
  architecture: z.string().nullish(),
  description: z.string().nullish(),
  config: configSchema.nullish(),
  devices: devicesSchema.nullish(),
  profiles: z.array(z.string()).nullish(),
  ephemeral: z.boolean().nullish(),
  /** Goes back to this snapshot (`SNAPSHOT` or `NAME/SNAPSHOT`); all other fields are ignored then. */
  restore: z.string().optional(),
  /** With the memory and devices of the snapshot: the instance is running afterwards, whether it ran before or not. */
  stateful: z.boolean().optional(),
});
export type InstancePut = z.infer<typeof instancePutSchema>;

/** `POST /1.0/instances/NAME/rebuild` (extension `instances_rebuild`): a fresh root of `image`, or an empty one (`none`). */
export const instanceRebuildSchema = z.object({ source: instanceSourceSchema });
export type InstanceRebuild = z.infer<typeof instanceRebuildSchema>;

/**
 * `POST /1.0/instances/NAME/fork` (extension `lodge_fork`): further instances that go on where this one is. Of a virtual machine
 * with its memory, processes and devices; of a container with its files, started anew. The operation's `resources` name them.
 */
export const instanceForkSchema = z.object({
  /** Of the fork; with `count` those are NAME-1 to NAME-COUNT. */
  name: z.string(),
  /** How many; missing: one, with the very name. */
  count: z.int().min(1).max(64).optional(),
  /** Of the forks, beside what they have of the source. What a running machine cannot be given is refused. */
  config: configSchema.optional(),
  /** Missing: as the source. */
  ephemeral: z.boolean().optional(),
});
export type InstanceFork = z.infer<typeof instanceForkSchema>;

/**
 * `POST /1.0/instances/NAME`: another name or, with `pool` (and LXD's `migration`), another pool, or both. With `migration` alone it is sent to
 * another server. With `project` it is brought to another project, under another name or the same.
 */
export const instanceRenameSchema = z.object({
  name: z.string().default(""),
  migration: z.boolean().nullish(),
  /** Of a migration: with its memory, which does not go to other servers. */
  live: z.boolean().nullish(),
  /** Of a migration: without its snapshots. */
  instance_only: z.boolean().nullish(),
  /** Of a migration: where to send it. Missing: whoever gets it comes for it. */
  target: migrationTargetSchema.nullish(),
  pool: z.string().nullish(),
  project: z.string().nullish(),
});

export const stateActionSchema = z.enum(["start", "stop", "restart", "freeze", "unfreeze"]);
export type StateAction = z.infer<typeof stateActionSchema>;

/** `PUT /1.0/instances/NAME/state`. */
export const instanceStatePutSchema = z.object({
  action: stateActionSchema,
  /** Seconds to wait for a clean stop; -1 or missing: the default of 600 s for VMs and containers alike. */
  timeout: z.number().optional(),
  /** Stop without asking the guest. */
  force: z.boolean().optional(),
  /**
   * `stop`: keeps memory and devices for the next start. `start`: true begins from what was kept, and fails where nothing was; false
   * gives it up and boots; missing: from what was kept, if anything was.
   */
  stateful: z.boolean().optional(),
});
export type InstanceStatePut = z.infer<typeof instanceStatePutSchema>;

export const instanceAddressSchema = z.object({
  family: z.enum(["inet", "inet6"]),
  address: z.string(),
  netmask: z.string(),
  scope: z.enum(["global", "link", "local"]),
});
export type InstanceAddress = z.infer<typeof instanceAddressSchema>;

export const instanceNetworkStateSchema = z.object({
  addresses: z.array(instanceAddressSchema),
  counters: z.object({
    bytes_received: z.number(),
    bytes_sent: z.number(),
    packets_received: z.number(),
    packets_sent: z.number(),
  }),
  hwaddr: z.string(),
  host_name: z.string(),
  mtu: z.int(),
  state: z.string(),
  type: z.string(),
  /** Bits a second that the kernel holds it to (extension `lodge_io_limits`); missing: no limit. */
  limits: z.object({ ingress: z.number().optional(), egress: z.number().optional() }).optional(),
});
export type InstanceNetworkState = z.infer<typeof instanceNetworkStateSchema>;

/** `GET /1.0/instances/NAME/state`: all of it observed. */
export const instanceStateSchema = z.object({
  status: z.string(),
  status_code: z.int(),
  /** Of the container's init or of QEMU on the host; 0 when stopped. */
  pid: z.int(),
  /** -1 when unknown (VMs). */
  processes: z.int(),
  cpu: z.object({
    /** nanoseconds */
    usage: z.number(),
    /** Nanoseconds of CPU time that it may have in a second: a thousand million for each CPU that it has. While it runs. */
    allocated_time: z.number().optional(),
  }),
  /** Bytes. */
  memory: z.object({
    usage: z.number(),
    usage_peak: z.number(),
    total: z.number(),
    swap_usage: z.number(),
    swap_usage_peak: z.number(),
  }),
  disk: z.record(
    z.string(),
    z.object({
      usage: z.number(),
      total: z.number(),
      /** Layers above its image of which the root is made: files of a VM, directories of a container (extension `lodge_disk_layers`). */
      layers: z.int().optional(),
      /** What the kernel or QEMU lets it do in a second (extension `lodge_io_limits`); missing: no limit. */
      limits: z
        .object({
          read_bytes: z.number().optional(),
          read_operations: z.number().optional(),
          write_bytes: z.number().optional(),
          write_operations: z.number().optional(),
        })
        .optional(),
    }),
  ),
  network: z.record(z.string(), instanceNetworkStateSchema),
  /** When the runtime process started (extension `instance_state_started_at`). */
  started_at: z.string(),
  /** Whether `exec` would be answered now (extension `lodge_ready`). */
  ready: z.boolean(),
  /** Lodge's own facts about a VM that runs (extension `lodge_vm_state`). */
  vm: z
    .object({
      accelerator: z.enum(["kvm", "tcg"]),
      /** Whether its kernel was loaded from outside. */
      boot: z.enum(["direct", "firmware"]),
      /** QEMU's machine type, with its version. */
      machine: z.string(),
      firmware: z.enum(["bios", "uefi"]),
      secure_boot: z.boolean(),
      tpm: z.boolean(),
      /** In words. */
      cpu_model: z.string(),
      /**
       * What the guest itself said last that it uses (extension `lodge_vm_size`); missing while it has said nothing. `memory` in bytes, without
       * what its kernel keeps for itself.
       */
      guest: z.object({ cpus: z.int(), memory: z.int() }).optional(),
    })
    .optional(),
  /** What Lodge does by itself to keep the instance running (extension `lodge_boot_state`); missing when it did nothing. */
  boot: z
    .object({
      /** Restarts in a row after unasked ends. */
      restarts: z.int(),
      /** When the next start is due; the zero time when none is. */
      next_start_at: z.string(),
      /** What led to the last or the next start, or why there is none any more; of one with status Error: why. */
      why: z.string(),
    })
    .optional(),
});
export type InstanceState = z.infer<typeof instanceStateSchema>;

/** `recursion=2`: the instance with state, snapshots and backups. */
export type InstanceFull = Instance & {
  state: InstanceState;
  snapshots: InstanceSnapshot[];
  backups: InstanceBackup[];
};

/** `POST /1.0/instances/NAME/exec`. */
export const execPostSchema = z.object({
  command: z.array(z.string()).min(1),
  "wait-for-websocket": z.boolean().default(false),
  /** A terminal: one data stream and resizes. */
  interactive: z.boolean().default(false),
  environment: z.record(z.string(), z.string()).nullish(),
  width: z.int().min(0).max(65535).optional(),
  height: z.int().min(0).max(65535).optional(),
  /** Numeric ids inside the instance (LXD). */
  user: z.int().min(0).optional(),
  group: z.int().min(0).optional(),
  /** Working directory; default: the user's home or `/`. */
  cwd: z.string().optional(),
  "record-output": z.boolean().default(false),
  /** The instance is stopped by force, and an ephemeral one deleted, when the command has ended or its client has gone. */
  "stop-after": z.boolean().default(false),
});
export type ExecPost = z.infer<typeof execPostSchema>;

/** Frames on an exec or console `control` websocket. */
export const controlMessageSchema = z.discriminatedUnion("command", [
  z.object({
    command: z.literal("window-resize"),
    args: z.object({
      width: z.coerce.number().int().min(1).max(65535),
      height: z.coerce.number().int().min(1).max(65535),
    }),
  }),
  z.object({ command: z.literal("signal"), signal: z.int().min(1).max(64) }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;

/** `POST /1.0/instances/NAME/console`. */
export const consolePostSchema = z.object({
  width: z.int().min(0).max(65535).optional(),
  height: z.int().min(0).max(65535).optional(),
  type: z.enum(["", "console", "vga"]).default("console"),
  force: z.boolean().optional(),
});
export type ConsolePost = z.infer<typeof consolePostSchema>;
