import { readlinkSync } from "node:fs";
import { proportionalSetSize } from "./memory.ts";

/** Some processes, and the memory that they hold together: proportional set size, bytes. */
export interface Held {
  readonly processes: number;
  readonly memory: number;
}

/** Those of some processes that are in the namespace of processes `home`. One that ends meanwhile is left out. */
export function heldIn(home: string, pids: readonly number[]): Held {
  const sizes = pids.flatMap((pid) => {
    try {
      return processNamespace(pid) === home ? [proportionalSetSize(pid)] : [];
    } catch {
      return [];
    }
  });
  return { processes: sizes.length, memory: sizes.reduce((sum, size) => sum + size, 0) };
}

/** As the kernel names it: `pid:[4026531836]`. */
export function processNamespace(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/pid`);
}
