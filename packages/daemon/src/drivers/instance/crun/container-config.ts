/** What a container's configuration says, as the driver needs it. */
import { isTrue, parseSize } from "@lodge/api";
import type { CgroupLimits } from "../../../system/cgroups.ts";

export function isPrivileged(config: Readonly<Record<string, string>>): boolean {
  return isTrue(config["security.privileged"]);
}

/** The limits that the configuration sets. */
export function containerLimits(config: Readonly<Record<string, string>>): CgroupLimits {
  const { "limits.cpu": cpus, "limits.memory": memory, "limits.processes": processes } = config;
  const bytes = memory ? parseSize(memory) : undefined;
  return {
    ...(cpus ? { cpus: Number(cpus) } : {}),
    ...(bytes === undefined ? {} : { memory: bytes }),
    ...(processes ? { processes: Number(processes) } : {}),
  };
}

/** Init's part of the configuration: `environment.*`. */
export function initEnvironment(config: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = "environment.";
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
