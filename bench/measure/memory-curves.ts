/** What instances had of memory over time, and what they might have had. Pure. */

/** Of one instance at one moment. */
export interface CurvePoint {
  /** Seconds since the beginning. */
  readonly at: number;
  /** Bytes. */
  readonly used: number;
  readonly target: number;
}

export interface Curve {
  readonly name: string;
  /** Seconds between which it had work. */
  readonly works: { readonly from: number; readonly to: number };
  readonly points: readonly CurvePoint[];
}

/** A change of what it may have. Seconds since the beginning, bytes. */
export interface TargetChange {
  readonly at: number;
  readonly to: number;
}

/** What it might have at a moment. `first`: before any change; `changes`: the oldest first. */
export function targetAt(at: number, first: number, changes: readonly TargetChange[]): number {
  return changes.findLast((change) => change.at <= at)?.to ?? first;
}

/** Bytes below what it may have from which an instance stands at its bound: less than it takes from one look to the next. */
const near = 16 * 2 ** 20;

/**
 * Seconds, of the longest time in which an instance that had work stood at its bound, needed more, and was not given any: what its demand waited
 * for memory. `need`: bytes with which it works as fast as it can.
 */
export function longestWait({ works, points }: Curve, need: number): number {
  const busy = points.filter(({ at }) => at >= works.from && at <= works.to);
  let longest = 0;
  let since: CurvePoint | undefined;
  for (const point of busy) {
    const short = point.target < need && point.used > point.target - near;
    if (since) longest = Math.max(longest, point.at - since.at);
    if (!short) since = undefined;
    else if (!since || point.target > since.target) since = point;
  }
  return longest;
}

/** How many of the points are below what it always may have. */
export const violations = ({ points }: Curve, guarantee: number): number =>
  points.filter(({ target }) => target < guarantee).length;
