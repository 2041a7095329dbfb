/**
 * Control groups under v1, v2 and hybrid layouts, as far as Lodge needs them. An instance has one group
 * `lodge-TAG/ID`; on v1 that is one directory in each controller.
 */
export type CgroupLayout = "v1" | "v2" | "hybrid";

export interface CgroupLimits {
  /** CPUs, fractional allowed. */
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly processes?: number;
}

export interface CgroupUsage {
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  readonly processes: number;
}

export interface Cgroups {
  readonly layout: CgroupLayout;
  /** Makes the instance's group with these limits. Idempotent: sets the limits again. */
  create(id: string, limits: CgroupLimits): Promise<void>;
  /** Moves a process into the group (in every controller). */
  add(id: string, pid: number): Promise<void>;
  /** Pids in the group and below. Empty when it does not exist. */
  processes(id: string): Promise<number[]>;
  freeze(id: string): Promise<void>;
  thaw(id: string): Promise<void>;
  /** Undefined when it does not exist. */
  usage(id: string): Promise<CgroupUsage | undefined>;
  /** Kills what is inside and removes the group and those below. Idempotent. */
  remove(id: string): Promise<void>;
  /** Ids of the groups that exist beneath `lodge-TAG`. */
  list(): Promise<string[]>;
}
