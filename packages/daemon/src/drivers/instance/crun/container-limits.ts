/** What a container's configuration says of its limits, in the words of control groups. Pure. */
import { hugePageSizes, parseSize } from "@lodge/api";
import type { CgroupLimits } from "../../../system/cgroups.ts";
import { cpuTime } from "../../../system/cpus/cpu-time.ts";
import { diskWeight } from "../../../system/disk-weight.ts";

type Settings = Readonly<Record<string, string>>;
type Limits = Omit<CgroupLimits, "cpuSet">;

/** All but the CPUs, which depend on those of others. */
export function containerLimits(config: Settings): Limits {
  const { "limits.processes": processes } = config;
  return {
    ...cpuTime(config),
    ...memoryLimits(config),
    ...diskWeight(config),
    ...(processes && { processes: Number(processes) }),
  };
}

const mostPriority = 10;

function memoryLimits(config: Settings): Limits {
  const bytes = parseSize(config["limits.memory"] ?? "");
  const least = parseSize(config["limits.memory.min"] ?? "");
  const soft = config["limits.memory.enforce"] === "soft";
  const pages = hugePageSizes.flatMap(([name]) => {
    const size = parseSize(config[`limits.hugepages.${name}`] ?? "");
    return size === undefined ? [] : [[name, size]];
  });
  return {
    ...(least !== undefined && { guaranteedMemory: least }),
    ...(bytes !== undefined && (soft ? { softMemory: bytes } : { memory: bytes })),
    ...swapLimits(config, soft ? undefined : bytes),
    ...(pages.length > 0 && { hugePages: Object.fromEntries(pages) }),
  };
}

/** How readily the kernel swaps by itself, and what the last in priority has. */
const usualSwappiness = 60;
const mostSwappiness = 100;

function swapLimits(config: Settings, memory: number | undefined): Limits {
  const { "limits.memory.swap": swap = "", "limits.memory.swap.priority": priority } = config;
  if (/^(false|0|no|off)$/i.test(swap)) return { swap: { bytes: 0, required: true }, swappiness: 0 };
  const size = /^(true|1|yes|on)$/i.test(swap) ? undefined : parseSize(swap);
  const bytes = size ?? memory;
  const step = (mostSwappiness - usualSwappiness) / mostPriority;
  return {
    ...(bytes !== undefined && { swap: { bytes, required: size !== undefined } }),
    ...(priority && { swappiness: usualSwappiness + (mostPriority - Number(priority)) * step }),
  };
}
