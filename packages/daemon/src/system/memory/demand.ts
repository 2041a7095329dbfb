/** From two readings, what a group demands of memory. Pure. */
import type { MemoryDemand } from "@lodge/core";
import { type MemoryReading, takeable } from "./reading.ts";

/** A reading, and when it was taken: milliseconds. */
export interface Moment {
  readonly at: number;
  readonly reading: MemoryReading;
}

/** And when the group was last seen to work. */
export interface WorkMoment extends Moment {
  readonly workedAt: number;
}

export interface Bounds {
  /** Where a target can be set, in bytes. */
  readonly target: number;
  readonly most: number;
  /** Milliseconds since it was last seen to work. */
  readonly rest: number;
  /** There is swap that it may use. */
  readonly swap: boolean;
}

/** Milliseconds after its last work for which an instance still counts as working with all that it had used, … */
export const restsAfter = 3_000;
/** … and after which it counts as working with none of its files: they go first then, and only when somebody waits for memory. */
export const idleAfter = 12_000;
/** Share of one CPU above which it works; the timers of an idle system take less. */
const idleShare = 0.005;
/** Seconds that a page costs which comes back from a disk, where nobody measures the waiting: of a good SSD, with what is read ahead. */
const secondsOfRefault = 20e-6;
/** Bytes that stay with it beside what cannot be taken: a system without any page of a file left runs from its disk. */
export const leastCache = 16 * 2 ** 20;

export function momentAfter(previous: WorkMoment | undefined, at: number, reading: MemoryReading): WorkMoment {
  const worked = previous ? (reading.cpu - previous.reading.cpu) / 1e6 > idleShare * (at - previous.at) : true;
  return { at, reading, workedAt: worked || !previous ? at : previous.workedAt };
}

/** Whether nothing has run since: then nothing else has changed either, and it need not be read. */
export function stoodStill(previous: Moment, cpu: number, used: number): boolean {
  return previous.reading.cpu === cpu && previous.reading.used === used;
}

/** `previous`: missing when it is asked for the first time; rates are 0 then. */
export function demandBetween(previous: Moment | undefined, now: Moment, bounds: Bounds): MemoryDemand {
  const { target, most, rest, swap } = bounds;
  const { reading } = now;
  const fixed = fixedIn(reading, swap);
  const refaults = rate(previous, now, (each) => each.refaults);
  return {
    used: reading.used,
    workingSet: fixed + Math.round(reading.activeFile * workingShare(rest)),
    pressure: Math.min(1, stallShare(previous, now) ?? refaults * secondsOfRefault),
    refaults,
    target,
    least: Math.min(most, leastOf(reading, swap)),
    most,
  };
}

/** Of the files that it has used more than once, the share that counts as worked with. */
const workingShare = (rest: number): number => Math.min(1, Math.max(0, (idleAfter - rest) / (idleAfter - restsAfter)));

/** Bytes with which it can do. */
export const leastOf = (reading: MemoryReading, swap: boolean): number => fixedIn(reading, swap) + leastCache;

const fixedIn = (reading: MemoryReading, swap: boolean): number => Math.max(0, reading.used - takeable(reading, swap));

function stallShare(previous: Moment | undefined, now: Moment): number | undefined {
  if (now.reading.stalled === undefined) return undefined;
  return rate(previous, now, (each) => each.stalled ?? 0) / 1e6;
}

/** Of a second. */
function rate(previous: Moment | undefined, now: Moment, of: (reading: MemoryReading) => number): number {
  if (!previous || now.at <= previous.at) return 0;
  return Math.max(0, ((of(now.reading) - of(previous.reading)) * 1_000) / (now.at - previous.at));
}
