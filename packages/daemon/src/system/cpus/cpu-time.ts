/** What a configuration says of CPU time, in the words of control groups. Pure. */
import { parseAllowance, parseMilliseconds } from "@lodge/api";
import type { CgroupLimits } from "../cgroups.ts";

const mostPriority = 10;

/** Of those with the same percentage the last in priority gets a tenth less than the first. */
export function cpuTime(config: Readonly<Record<string, string>>): Pick<CgroupLimits, "cpuTime" | "cpuWeight"> {
  const {
    "limits.cpu.allowance": value = "",
    "limits.cpu.burst": saved = "",
    "limits.cpu.priority": priority,
  } = config;
  const allowance = parseAllowance(value);
  const percent = allowance && "percent" in allowance ? allowance.percent : 100;
  const behind = priority ? mostPriority - Number(priority) : 0;
  const cpuWeight = percent * (1 - behind / 100);
  const burst = parseMilliseconds(saved);
  return {
    ...(allowance &&
      "time" in allowance && {
        cpuTime: { ...allowance, ...(burst !== undefined && { burst: Math.min(burst, allowance.time) }) },
      }),
    ...(cpuWeight !== 100 && { cpuWeight }),
  };
}
