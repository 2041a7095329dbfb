/** Limits of a group as v2 writes them: file and value. Pure; memory and CPU sets are more than that. */
import { hugePageSizes } from "@lodge/api";
import type { CgroupLimits } from "./cgroups.ts";
import type { LimitFile } from "./write-limit.ts";

const microseconds = 1000;
const burstFile = "cpu.max.burst";
const usualWeight = 100;
const mostWeight = 10_000;

export function limitFilesV2({ cpuTime, cpuWeight, processes, hugePages = {} }: CgroupLimits): LimitFile[] {
  return [
    { file: "pids.max", value: processes, none: "max" },
    // First of all none: what may be saved must not be more than the time.
    { file: burstFile, value: undefined, none: 0 },
    {
      file: "cpu.max",
      value: cpuTime && `${cpuTime.time * microseconds} ${cpuTime.period * microseconds}`,
      none: `max ${100 * microseconds}`,
    },
    ...(cpuTime?.burst === undefined ? [] : [{ file: burstFile, value: cpuTime.burst * microseconds, none: 0 }]),
    { file: "cpu.weight", value: weight(cpuWeight), none: usualWeight },
    ...hugePageSizes.map(([size]) => ({ file: `hugetlb.${size}.max`, value: hugePages[size], none: "max" })),
  ];
}

const weight = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(mostWeight, Math.max(1, Math.round(value)));
