/** What a row of the table says of many measurements. Medians and quartiles: one disturbed round changes neither. */

export interface Summary {
  readonly count: number;
  readonly median: number;
  /** Quartiles: half of all measurements lie between them. */
  readonly low: number;
  readonly high: number;
  readonly least: number;
  readonly most: number;
}

/** Of at least one value. */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    least: quantile(sorted, 0),
    most: quantile(sorted, 1),
  };
}

/** Between the two nearest values, in proportion. `share`: 0 … 1. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError("a quantile of nothing");
  return below + (above - below) * (place - Math.floor(place));
}

/** A measurement and the round that it belongs to. */
export interface Measured {
  readonly round: number;
  readonly value: number;
}

/**
 * How many times the reference the other is. Each round is compared with itself: what slows a machine down for minutes slows both, and
 * their ratio stays. Undefined when they have no round in common.
 */
export function ratio(reference: readonly Measured[], other: readonly Measured[]): Summary | undefined {
  const ofRound = new Map(reference.map(({ round, value }) => [round, value]));
  const ratios = other.flatMap(({ round, value }) => {
    const compared = ofRound.get(round);
    return compared === undefined || compared === 0 ? [] : [value / compared];
  });
  return ratios.length === 0 ? undefined : summarise(ratios);
}
