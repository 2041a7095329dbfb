/** One template serves all sizes from its own up: what a fork has beyond it comes while it begins. */
import type { Config } from "@lodge/api";
import { leastMemory } from "../instances/machine-room.ts";
import { machineSize } from "../instances/machine-size.ts";

const mebibyte = 2 ** 20;

/**
 * With what templates boot for those who have twice that or more, as instances have that say nothing: memory that comes costs a fork time,
 * and memory, but only that can be taken away from it. No fork can have less.
 */
const usualMemory = 512 * mebibyte;

/** What a template boots with that is left by, or built for, an instance with this configuration. */
export const templateMemory = (config: Config): number =>
  machineSize(config).memory >= 2 * usualMemory ? usualMemory : leastMemory;

/** The configuration of a template's machine. */
export const withTemplateSize = (config: Config, memory: number): Config => ({
  ...config,
  "limits.cpu": "1",
  "limits.memory": `${memory / mebibyte}MiB`,
});

/** Why an instance cannot have the size of a fork, as the end of a sentence. */
export function sizeRefusal(config: Config): string | undefined {
  if (machineSize(config).memory >= leastMemory) return undefined;
  return `templates have ${leastMemory / mebibyte}MiB of memory at least, and it has less`;
}
