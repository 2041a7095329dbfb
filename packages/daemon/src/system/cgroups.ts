/**
 * Control groups under v1, v2 and hybrid layouts, as far as Lodge needs them. An instance has one group
 * `lodge-TAG/ID`; on v1 that is one directory in each controller.
 */

import type { DeviceLimits } from "./cgroup-io.ts";
import type { CgroupCounters, CgroupStatistics } from "./cgroup-statistics.ts";
import type { DeviceRule } from "./device-rules.ts";
import type { GroupMemory } from "./memory/group-memory.ts";

export type CgroupLayout = "v1" | "v2" | "hybrid";

/** More memory is in use than a limit would leave, and the kernel could not take it away. */
export class MemoryInUse extends Error {
  override readonly name = "MemoryInUse";
}

/** What is missing is not limited. */
export interface CgroupLimits {
  /** Numbers of the host's CPUs; at least one. */
  readonly cpuSet?: readonly number[];
  /** Milliseconds of CPU time in each period; `burst`: that may be saved for a later one, at most `time`. */
  readonly cpuTime?: { readonly time: number; readonly period: number; readonly burst?: number };
  /** Of CPU time, in proportion to that of other groups that want it; may be a fraction. Missing: 100. */
  readonly cpuWeight?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes that nothing outside takes from it. Only v2 knows that. */
  readonly guaranteedMemory?: number;
  /** Bytes that it may exceed while the host has memory to spare. */
  readonly softMemory?: number;
  readonly swap?: {
    /** Beside its memory that may be in the host's swap. */
    readonly bytes: number;
    /** Whether it is an error where the host does not count swap by groups. */
    readonly required: boolean;
  };
  /** How readily v1 swaps its memory, 0 to 100. Missing: as the host does. */
  readonly swappiness?: number;
  readonly processes?: number;
  /** Of the time of disks, as `cpuWeight` of CPUs; 1 to 1000, where the host's scheduler of the disk knows weights. Missing: 100. */
  readonly diskWeight?: number;
  /** Bytes in huge pages of a size, by the kernel's names of sizes: `2MB`. */
  readonly hugePages?: Readonly<Record<string, number>>;
}

export interface CgroupUsage {
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
  /** Bytes that it may have; missing: no limit. */
  readonly memoryLimit?: number;
  readonly processes: number;
}

export interface Delegate {
  readonly uid: number;
  readonly gid: number;
  /** Containers run inside: they need groups in every v1 hierarchy, not only in systemd's. */
  readonly nesting: boolean;
}

export interface Cgroups {
  readonly layout: CgroupLayout;
  readonly memory: GroupMemory;
  /** Makes the instance's group with these limits. Idempotent: sets the limits again. */
  create(id: string, limits: CgroupLimits): Promise<void>;
  /**
   * Of a group that exists; limits that are not named are taken away. `MemoryInUse` where it cannot do with so little memory: then its
   * memory is limited as it was. `host_unsupported`: this host cannot limit that.
   */
  limit(id: string, limits: CgroupLimits): Promise<void>;
  /** Moves the group to these CPUs, and whatever is below it. */
  moveToCpus(id: string, cpus: readonly number[]): Promise<void>;
  /** Numbers of the CPUs that its processes may run on; undefined when it does not exist or the host has no cpusets. */
  cpus(id: string): Promise<readonly number[] | undefined>;
  /** Of a group that exists: these limits of block devices, in place of all earlier ones. `host_unsupported`. */
  limitDisks(id: string, limits: readonly DeviceLimits[]): Promise<void>;
  /** As the kernel has them; none where the group does not exist. */
  diskLimits(id: string): Promise<readonly DeviceLimits[]>;
  /** Moves a process into the group (in every controller). */
  add(id: string, pid: number): Promise<void>;
  /** Moves a process that outlives the daemon and counts towards no instance's limits into `lodge-TAG/monitor`, out of the daemon's unit. */
  addMonitor(pid: number): Promise<void>;
  /** Lets a container's init manage the groups below its own, and nothing of its own limits: hands these files to its root. */
  delegate(id: string, to: Delegate): Promise<void>;
  /**
   * Lets the group, which crun has made, use the devices of `rules`. On v2 they are all that it may use from then on; v1 adds them
   * and takes back those of `withdrawn`.
   */
  setDevices(id: string, rules: readonly DeviceRule[], withdrawn: readonly DeviceRule[]): Promise<void>;
  /** Pids in the group and below. Empty when it does not exist. */
  processes(id: string): Promise<number[]>;
  /** Resolves when every process has stopped. */
  freeze(id: string): Promise<void>;
  thaw(id: string): Promise<void>;
  frozen(id: string): Promise<boolean>;
  /** Undefined when it does not exist. */
  usage(id: string): Promise<CgroupUsage | undefined>;
  /** As `usage`, in more words. What the host does not count is missing. */
  statistics(id: string): Promise<CgroupStatistics | undefined>;
  /** As `statistics`, in few words and at once: asked of all instances every few seconds. */
  counters(id: string): CgroupCounters | undefined;
  /** Kills what is inside and removes the group and those below. Idempotent. */
  remove(id: string): Promise<void>;
  /** Ids of the groups that exist beneath `lodge-TAG`. */
  list(): Promise<string[]>;
  /** For uninstall: removes every group of this LODGE_DIR, and kills what is inside, monitors too. */
  removeAll(): Promise<void>;
}
