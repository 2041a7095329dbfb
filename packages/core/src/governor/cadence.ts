/** When it is worth looking at the instances: each look costs, one at the host says whether there may be something to see. */

/** What the host says of its memory. */
export interface HostMemory {
  /** Bytes that can be had without swapping. */
  readonly available: number;
  /** Share of the last ten seconds in which something on the host waited for memory; 0 where the kernel does not tell. */
  readonly pressure: number;
  /** Microseconds that something has waited since the host was started. */
  readonly waited: number;
}

/** So many instances are looked at in each round on average while nothing moves: few all of them, hundreds every few seconds. */
const instancesARound = 60;
/** Part of the budget that was taken of the host's memory since the last look: worth another. */
const notablePart = 0.01;
/** The same of microseconds in which something on the host waited for memory. */
const notableWait = 10_000;

/** Whether something may have happened since the host was like that. */
export function hasMoved(before: HostMemory | undefined, now: HostMemory, budget: number): boolean {
  if (!before) return true;
  return now.waited - before.waited > notableWait || before.available - now.available > budget * notablePart;
}

/** Rounds from one look to the next while nothing moves. */
export const calmRounds = (instances: number): number => Math.max(1, Math.ceil(instances / instancesARound));
