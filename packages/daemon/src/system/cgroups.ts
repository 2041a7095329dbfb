/**
 * Control groups under v1, v2 and hybrid layouts, as far as Lodge needs them. An instance has one group
 * `lodge-TAG/ID`; on v1 that is one directory in each controller.
 */
import type { CgroupStatistics } from "./cgroup-statistics.ts";
import type { DeviceRule } from "./device-rules.ts";

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

export interface Delegate {
  readonly uid: number;
  readonly gid: number;
  /** Containers run inside: they need groups in every v1 hierarchy, not only in systemd's. */
  readonly nesting: boolean;
}

export interface Cgroups {
  readonly layout: CgroupLayout;
  /** Makes the instance's group with these limits. Idempotent: sets the limits again. */
  create(id: string, limits: CgroupLimits): Promise<void>;
  /** Of a group that exists; limits that are not named are taken away. Fails (EBUSY on v1) where more memory is used than that. */
  limit(id: string, limits: CgroupLimits): Promise<void>;
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
  /** Kills what is inside and removes the group and those below. Idempotent. */
  remove(id: string): Promise<void>;
  /** Ids of the groups that exist beneath `lodge-TAG`. */
  list(): Promise<string[]>;
  /** For uninstall: removes every group of this LODGE_DIR, and kills what is inside, monitors too. */
  removeAll(): Promise<void>;
}
