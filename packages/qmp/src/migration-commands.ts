/** Commands about a machine's state as a stream, from QEMU's qapi/migration.json. */
import type { Command, Empty } from "./commands.ts";

export type MigrationStatus =
  | "none"
  | "setup"
  | "cancelling"
  | "cancelled"
  | "active"
  | "completed"
  | "failed"
  | "pre-switchover"
  | "device";

export type MigrationCapability =
  | "events"
  | "auto-converge"
  | "pause-before-switchover"
  | "late-block-activate"
  /** Memory that is a shared file is not in the stream. */
  | "x-ignore-shared";

export interface MigrationInfo {
  /** Missing before the first migration. */
  readonly status?: MigrationStatus;
  readonly "error-desc"?: string;
  /** Why the machine's state cannot be had, in QEMU's words. */
  readonly "blocked-reasons"?: readonly string[];
  readonly ram?: {
    /** Bytes. */
    readonly total: number;
    readonly remaining: number;
    readonly transferred: number;
    /** Pages a second. */
    readonly "dirty-pages-rate": number;
    readonly "dirty-sync-count": number;
  };
}

export interface MigrationCommands {
  "migrate-set-capabilities": Command<
    { readonly capabilities: readonly { readonly capability: MigrationCapability; readonly state: boolean }[] },
    Empty
  >;
  "migrate-set-parameters": Command<
    {
      /** Bytes a second. */
      readonly "max-bandwidth"?: number;
      /** Milliseconds that the machine may stand still. */
      readonly "downtime-limit"?: number;
      /** How often a machine that was moved tells the network where it is now; default 5. */
      readonly "announce-rounds"?: number;
      /** Percent of their time that processors which write too fast are held up. */
      readonly "cpu-throttle-initial"?: number;
      readonly "cpu-throttle-increment"?: number;
    },
    Empty
  >;
  /** `fd:NAME` of `getfd`. MIGRATION events tell how it goes on. */
  migrate: Command<{ readonly uri: string }, Empty>;
  /** Of a machine started with `-incoming defer`. When the stream is bad, QEMU ends. */
  "migrate-incoming": Command<{ readonly uri: string }, Empty>;
  "migrate-continue": Command<{ readonly state: MigrationStatus }, Empty>;
  migrate_cancel: Command<void, Empty>;
  /** Writes the devices, without memory, into a file (`/dev/fdset/N`). `live`: false leaves the disks of a stopped machine its own. */
  "xen-save-devices-state": Command<{ readonly filename: string; readonly live: boolean }, Empty>;
  "query-migrate": Command<void, MigrationInfo>;
}
