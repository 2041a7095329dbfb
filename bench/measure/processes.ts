import { readlinkSync } from "node:fs";
import { proportionalSetSize } from "./memory.ts";

/** Some processes, and the memory that they hold together: proportional set size, bytes. */
export interface Held {
  readonly processes: number;
  readonly memory: number;
}

export interface Division {
  /** The manager's: its daemons, and those who watch over instances. */
  readonly manager: Held;
  /** In the instances themselves. */
  readonly instances: Held;
}

/** Divides processes by their namespace of processes: the manager's are in `home`. Those that end meanwhile are left out. */
export function divide(pids: readonly number[], home: string): Division {
  const all = pids.flatMap((pid) => {
    try {
      return [{ managers: processNamespace(pid) === home, memory: proportionalSetSize(pid) }];
    } catch {
      return [];
    }
  });
  const held = (of: typeof all): Held => ({
    processes: of.length,
    memory: of.reduce((sum, { memory }) => sum + memory, 0),
  });
  return {
    manager: held(all.filter(({ managers }) => managers)),
    instances: held(all.filter((each) => !each.managers)),
  };
}

/** As the kernel names it: `pid:[4026531836]`. */
export function processNamespace(pid: number): string {
  return readlinkSync(`/proc/${pid}/ns/pid`);
}
