/** Limits of a group as v2 writes them: file and value. Pure; memory is more than that. */
import { formatCpuSet, hugePageSizes } from "@lodge/api";
import type { CgroupLimits } from "./cgroups.ts";
import type { LimitFile } from "./write-limit.ts";

const microseconds = 1000;
const usualWeight = 100;
const mostWeight = 10_000;

export function limitFilesV2({ cpuSet, cpuTime, cpuWeight, processes, hugePages = {} }: CgroupLimits): LimitFile[] {
  return [
    { file: "pids.max", value: processes, none: "max" },
    {
      file: "cpu.max",
      value: cpuTime && `${cpuTime.time * microseconds} ${cpuTime.period * microseconds}`,
      none: `max ${100 * microseconds}`,
    },
    { file: "cpu.weight", value: weight(cpuWeight), none: usualWeight },
    // An empty line, so that there is something to write.
    { file: "cpuset.cpus", value: cpuSet && formatCpuSet(cpuSet), none: "\n" },
    ...hugePageSizes.map(([size]) => ({ file: `hugetlb.${size}.max`, value: hugePages[size], none: "max" })),
  ];
}

const weight = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(mostWeight, Math.max(1, Math.round(value)));
