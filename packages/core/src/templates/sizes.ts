/** One template serves all sizes: it is small, and what a fork has beyond it comes while it begins. */
import type { Config } from "@lodge/api";
import type { HostCapacity } from "../instances/configuration.ts";
import { type MachineSize, machineSize } from "../instances/machine-size.ts";

/** What templates boot with: enough for a Debian, and no instance can have less. */
const size = { "limits.cpu": "1", "limits.memory": "256MiB" };

const gibibyte = 2 ** 30;

/** The configuration of a template's machine. */
export const withTemplateSize = (config: Config): Config => ({ ...config, ...size });

/** What forks may have: all that the host has, in whole GiB. No instance may have more. */
export function templateRoom({ cpus, memory }: HostCapacity): MachineSize {
  return { cpus, memory: Math.ceil(memory / gibibyte) * gibibyte };
}

/** Why an instance cannot have the size of a fork, as the end of a sentence. */
export function sizeRefusal(config: Config): string | undefined {
  const least = machineSize(size);
  if (machineSize(config).memory >= least.memory) return undefined;
  return `templates have ${size["limits.memory"]} of memory, and it has less`;
}
