import type { InstanceId } from "../instances/driver.ts";
import type { MemoryDemand } from "./governed.ts";

/** What an instance that runs brings to the division of memory. Bytes, unless it says otherwise. */
export interface Claim extends Pick<MemoryDemand, "used" | "workingSet" | "pressure" | "refaults" | "target"> {
  readonly id: InstanceId;
  /** Of what it may have, what it has filled. */
  readonly filled: number;
  /** Seconds from when it is let have more until it has that. */
  readonly lead: number;
  /** It never may have less: its guarantee, or what its driver cannot take. */
  readonly least: number;
  readonly guarantee: number;
  /** It never may have more. */
  readonly most: number;
  /** Its weight where there is not enough for all: `limits.memory.shares`. */
  readonly shares: number;
  /** It was found to wait for memory in the round before. */
  readonly waited: boolean;
  /** What it has taken in a second since the round before; 0 when it has less now. */
  readonly grown: number;
  /** Seconds since something was taken from it; 1 at most. */
  readonly rested: number;
}

const mebibyte = 2 ** 20;

/** An instance waits for memory from this share of its time on, … */
const waitsFrom = 0.05;
/** … and goes on waiting until less than this is left of it. */
const waitsUntil = 0.01;
/** Pages a second that come back: 8 MiB of what was taken is missed. */
const missesFrom = 2048;
const missesUntil = 256;

/** Whether it is short of memory: more would let it work faster. */
export function waits({ pressure, refaults, waited }: Pick<Claim, "pressure" | "refaults" | "waited">): boolean {
  return waited ? pressure >= waitsUntil || refaults >= missesUntil : pressure >= waitsFrom || refaults >= missesFrom;
}

/** What it should be able to take until more can be there, without waiting: if it grows, twice as much as it did in that time. */
export const headroom = ({ workingSet, grown, lead }: Pick<Claim, "workingSet" | "grown" | "lead">): number =>
  Math.max(32 * mebibyte, workingSet / 8, grown * 2 * (1 + lead));

/** What it has and does not work with. */
export const idle = ({ used, workingSet }: Pick<Claim, "used" | "workingSet">): number =>
  Math.max(0, used - workingSet);

export const within = (value: number, { least, most }: Pick<Claim, "least" | "most">): number =>
  Math.min(Math.max(value, least), Math.max(least, most));
