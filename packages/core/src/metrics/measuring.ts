import type { InstanceId } from "../instances/driver.ts";

/** Figures of memory that have a metric of their own; bytes. */
export const memoryFigures = [
  "Active_anon",
  "Active_file",
  "Active",
  "Cached",
  "Dirty",
  "Inactive_anon",
  "Inactive_file",
  "Inactive",
  "Mapped",
  "MemAvailable",
  "MemFree",
  "MemTotal",
  "RSS",
  "Shmem",
  "Swap",
  "Unevictable",
  "Writeback",
] as const;
export type MemoryFigure = (typeof memoryFigures)[number];

export interface DiskMeasurement {
  /** The host's block device, or a device of the configuration. */
  readonly device: string;
  readonly bytesRead: number;
  readonly reads: number;
  readonly bytesWritten: number;
  readonly writes: number;
}

export interface FileSystemMeasurement {
  readonly device: string;
  readonly type: string;
  readonly mountpoint: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  /** To whom is not root. */
  readonly available: number;
}

/** What went through an interface. Errors and drops where they can be told. */
export interface NicMeasurement {
  readonly device: string;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly errorsReceived?: number;
  readonly dropsReceived?: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly errorsSent?: number;
  readonly dropsSent?: number;
}

/** What an instance that runs has used and uses. What cannot be known is missing. */
export interface Measurements {
  readonly cpuSeconds: { readonly user: number; readonly system: number };
  readonly memory: Readonly<Partial<Record<MemoryFigure, number>>>;
  /** Since the run began. */
  readonly outOfMemoryKills?: number;
  readonly processes?: number;
  readonly disks: readonly DiskMeasurement[];
  readonly fileSystems: readonly FileSystemMeasurement[];
  /** Missing: the network's side is asked. */
  readonly nics?: readonly NicMeasurement[];
}

/** Of drivers whose instances have metrics. Asked for all of them at every scrape: no process is started for it. */
export interface Measuring {
  /** Undefined when it does not run. */
  measure(id: InstanceId): Promise<Measurements | undefined>;
}
