/**
 * V8 collects garbage when it needs room, so a daemon that has worked keeps, for as long as it has nothing to do, what a burst of work
 * left: 100 MiB after two hundred launches, of which it needs none. On a host full of instances these are worth more than the
 * tenth of a second that a collection takes while nobody waits.
 */
import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Milliseconds between two looks. */
const interval = 10_000;
/** Of the time since the last look: less, and the daemon has nothing to do. */
const idleShare = 0.2;
/** Looks without a collection after one. */
const rest = 5;
/** Bytes that a collection must promise. */
const worthwhile = 32 * 2 ** 20;

export interface Heap {
  /** Bytes that it takes of the host. */
  readonly size: () => number;
  /** Bytes of these that hold something. */
  readonly used: () => number;
  readonly collect: () => void;
}

/** Gives memory back when a burst of work is over. */
export class IdleMemory {
  readonly #heap: Heap;
  /** Bytes that held something after the last collection. */
  #needed = 0;
  /** Looks that are let pass: V8 may keep what is collected, and lets go of it little by little. */
  #resting = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** `busy`: how much of the time since the last look the daemon worked, 0 to 1. */
  look(busy: number): void {
    if (this.#resting > 0) this.#resting--;
    else if (busy <= idleShare && this.#heap.size() >= this.#needed + worthwhile) {
      this.#heap.collect();
      this.#needed = this.#heap.used();
      this.#resting = rest;
    }
  }
}

/** Looks until it is aborted. */
export async function watchIdleMemory(
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const memory = new IdleMemory({
    size: () => getHeapStatistics().total_heap_size,
    used: () => getHeapStatistics().used_heap_size,
    collect: collector(),
  });
  let before = performance.eventLoopUtilization();
  while (!signal.aborted) {
    await wait(interval, signal).catch(() => undefined);
    const now = performance.eventLoopUtilization();
    if (!signal.aborted) memory.look(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  }
}

interface Collection {
  readonly type: "major";
  readonly execution: "sync";
  /** `regular` leaves the room for new objects as large as the burst has made it. */
  readonly flavor: "last-resort";
}

/** V8's own `gc`, which contexts have that are made while the flag is set. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (how: Collection) => void;
  setFlagsFromString("--no-expose-gc");
  return () => collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
