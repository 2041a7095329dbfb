/** One template serves all sizes from that up with which it booted: what a fork has beyond it comes, or goes, while it begins. */
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

/** What a template has when it is kept: what most of its forks are to have, so that it does not come in each of them. */
export const forkMemory = (memory: number): number => (memory === usualMemory ? 2 * usualMemory : memory);

/** A fork from one that has no more than it is to have only gets memory; from a larger one it has to give some back, which takes it longer. */
export function nearestMemory(asked: number, memories: readonly number[]): number | undefined {
  const served = memories.filter((memory) => memory <= asked).toSorted((a, b) => b - a);
  return served.find((memory) => forkMemory(memory) <= asked) ?? served[0];
}

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
