/** Limits of a group as v1 writes them. Pure; memory, swap and CPU sets are more than that. */
import { hugePageSizes } from "@lodge/api";
import type { CgroupLimits } from "./cgroups.ts";
import type { LimitFile } from "./write-limit.ts";

export interface ControllerFile extends LimitFile {
  readonly controller: string;
}

const microseconds = 1000;
/** The kernel's own. */
const usualPeriod = 100_000;
const usualShares = 1024;
const leastShares = 2;

/** In the order in which they are to be written. */
export function limitFilesV1(limits: CgroupLimits): ControllerFile[] {
  const { cpuTime, cpuWeight, softMemory, processes, hugePages = {} } = limits;
  return [
    { controller: "pids", file: "pids.max", value: processes, none: "max" },
    ...timeFiles(cpuTime),
    { controller: "cpu", file: "cpu.shares", value: shares(cpuWeight), none: usualShares },
    { controller: "memory", file: "memory.soft_limit_in_bytes", value: softMemory, none: -1 },
    ...hugePageSizes.map(
      ([size]): ControllerFile => ({
        ...{ controller: "hugetlb", file: `hugetlb.${size}.limit_in_bytes`, value: hugePages[size], none: -1 },
      }),
    ),
  ];
}

const shares = (weight: number | undefined): number | undefined =>
  weight === undefined ? undefined : Math.max(leastShares, Math.round((weight / 100) * usualShares));

/** Burst and quota go first: a quota and a period, or a burst, that do not fit each other must not meet. */
function timeFiles(cpuTime: CgroupLimits["cpuTime"]): ControllerFile[] {
  const quota = (value: number | undefined): ControllerFile => ({
    ...{ controller: "cpu", file: "cpu.cfs_quota_us", value, none: -1 },
  });
  const period = cpuTime && cpuTime.period * microseconds;
  const burst = (value: number | undefined): ControllerFile => ({
    ...{ controller: "cpu", file: "cpu.cfs_burst_us", value, none: 0 },
  });
  const files = [
    burst(undefined),
    quota(undefined),
    { controller: "cpu", file: "cpu.cfs_period_us", value: period, none: usualPeriod },
  ];
  if (!cpuTime) return files;
  const saved = cpuTime.burst === undefined ? [] : [burst(cpuTime.burst * microseconds)];
  return [...files, quota(cpuTime.time * microseconds), ...saved];
}
