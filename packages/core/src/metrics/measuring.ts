import type { InstanceId } from "../instances/driver.ts";

/** Figures of memory that have a metric of their own; bytes. */
export const memoryFigures = [
  "Active_anon",
  "Active_file",
  "Active",
  "Cached",
  "Dirty",
  "HugepagesFree",
  "HugepagesTotal",
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
  /** Bytes of the host that it holds. */
  readonly memoryUsed?: number;
  readonly pressure?: Pressure;
  /** Since the run began. */
  readonly outOfMemoryKills?: number;
  readonly processes?: number;
  readonly disks: readonly DiskMeasurement[];
  readonly fileSystems: readonly FileSystemMeasurement[];
  /** Missing: the network's side is asked. */
  readonly nics?: readonly NicMeasurement[];
}

/** Seconds for which something has waited for a resource, since the run or the host began. */
export interface Waiting {
  /** Something in it did. */
  readonly some: number;
  /** All of it did. */
  readonly full: number;
}

/** By the kernel's pressure stall information. Missing: it does not tell. */
export interface Pressure {
  readonly cpu?: Waiting;
  readonly memory?: Waiting;
  readonly io?: Waiting;
}

/** The same as `Measurements` in short: what is asked of all instances every few seconds. Bytes; counters are since the run began. */
export interface Use {
  readonly cpuSeconds: number;
  /** Of the host, now. */
  readonly memoryUsed: number;
  /** What it may have at most. */
  readonly memoryTotal: number;
  readonly processes?: number;
  /** All disks together. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  /** All nics together. Missing: the network's side is asked. */
  readonly traffic?: Traffic;
  readonly pressure?: Pressure;
}

export interface Traffic {
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Of drivers whose instances have metrics. Asked for all of them at once and often: no process is started for it. */
export interface Measuring {
  /** Undefined when it does not run. */
  measure(id: InstanceId): Promise<Measurements | undefined>;
  /** Of all that run. */
  uses(): Promise<ReadonlyMap<InstanceId, Use>>;
}

/** The host as a whole. Bytes; counters are since it began. */
export interface HostUse {
  /** By what the processors did: `user`, `system`, `idle`, `iowait`… */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memoryTotal: number;
  readonly memoryAvailable: number;
  readonly swapTotal: number;
  readonly swapFree: number;
  /** Processes that want a processor or a disk, as averages of 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  readonly pressure: Pressure;
}

/** The daemon itself. */
export interface DaemonUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Seconds by which its event loop was late since that was asked last: half of the times less than `median`, 99 of 100 less than `p99`, never more than `most`. */
  readonly delay: { readonly median: number; readonly p99: number; readonly most: number };
}

/** What of the host the metrics tell beside its instances. Files of the kernel: no process is started. */
export interface HostMeter {
  host(): HostUse;
  daemon(): DaemonUse;
}
