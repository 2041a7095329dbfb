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

/**
 * What the last look found. `moving`: targets change, or somebody began to wait; `scarce`: somebody waits, or little is free; `calm`: neither.
 */
export type Bustle = "moving" | "scarce" | "calm";

/** Part of the budget that was taken of the host's memory since the last look: worth another. */
const notablePart = 0.01;
/** The same of microseconds in which something on the host waited for memory. */
const notableWait = 10_000;
/** Milliseconds from one glance at the host to the next, and the least from one look at the instances to the next, … */
export const glanceInterval = 250;
/** … which is longer the more there are to look at, … */
const forEach = 4;
/** … up to what it is while nothing moves, … */
const usual = 1_000;
/** … and still longer where that many are looked at in a second while there is enough for all. */
const instancesASecond = 60;

/** Whether something may have happened since the host was like that. */
export function hasMoved(before: HostMemory | undefined, now: HostMemory, budget: number): boolean {
  if (!before) return true;
  return now.waited - before.waited > notableWait || before.available - now.available > budget * notablePart;
}

/** Milliseconds from one look to the next. */
export function pauseAfter(bustle: Bustle, instances: number): number {
  if (bustle === "moving") return Math.min(usual, Math.max(glanceInterval, instances * forEach));
  return bustle === "scarce" ? usual : usual * Math.max(1, Math.ceil(instances / instancesASecond));
}

/** When the instances were looked at, and what came of it. */
export class Cadence {
  #at = Number.NEGATIVE_INFINITY;
  #host: HostMemory | undefined;
  #bustle: Bustle = "calm";
  #instances = 0;

  /** Whether it is time for another look. `at`: milliseconds. */
  isDue(at: number, host: HostMemory, budget: number): boolean {
    const bustle = hasMoved(this.#host, host, budget) ? "moving" : this.#bustle;
    const passed = at - this.#at;
    // A clock that was set back says nothing.
    return passed < 0 || passed >= pauseAfter(bustle, this.#instances);
  }

  /** A look begins. Returns the seconds since the one before: at most one, as if it had looked all the time. */
  begin(at: number, host: HostMemory): number {
    const passed = at - this.#at;
    this.#at = at;
    this.#host = host;
    this.#bustle = "calm";
    return passed < 0 ? 1 : Math.min(1, passed / 1000);
  }

  /** What the look found. */
  end(bustle: Bustle, instances: number): void {
    this.#bustle = bustle;
    this.#instances = instances;
  }
}
