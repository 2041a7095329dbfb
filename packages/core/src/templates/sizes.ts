/** One template serves all sizes from its own up: what a fork has beyond it comes while it begins. */
import type { Config } from "@lodge/api";
import type { HostCapacity } from "../instances/configuration.ts";
import { type MachineSize, machineSize } from "../instances/machine-size.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** Bytes that templates boot with at least: enough for a Debian, and no fork can have less. */
export const leastMemory = 256 * mebibyte;
/** With what they boot for those who have at least that, as instances have that say nothing: memory that comes costs time, and memory. */
const usualMemory = gibibyte;

/** What a template boots with that is left by, or built for, an instance with this configuration. */
export const templateMemory = (config: Config): number =>
  machineSize(config).memory >= usualMemory ? usualMemory : leastMemory;

/** The configuration of a template's machine. */
export const withTemplateSize = (config: Config, memory: number): Config => ({
  ...config,
  "limits.cpu": "1",
  "limits.memory": `${memory / mebibyte}MiB`,
});

/** What forks may have: all that the host has, in whole GiB. No instance may have more. */
export function templateRoom({ cpus, memory }: HostCapacity): MachineSize {
  return { cpus, memory: Math.ceil(memory / gibibyte) * gibibyte };
}

/** Why an instance cannot have the size of a fork, as the end of a sentence. */
export function sizeRefusal(config: Config): string | undefined {
  if (machineSize(config).memory >= leastMemory) return undefined;
  return `templates have ${leastMemory / mebibyte}MiB of memory at least, and it has less`;
}
