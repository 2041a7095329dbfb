/**
 * Who gets how much of a budget: water that rises in vessels of different width. Each instance stands in it up to the same level, times
 * its shares, not below its least and not above its most. Memory that lies idle is taxed: beyond what it works with, a vessel is only a
 * quarter as wide, as in ESX (Waldspurger, "Memory Resource Management in VMware ESX Server", OSDI 2002, section 5.3).
 */
export interface Vessel {
  /** Bytes. */
  readonly least: number;
  readonly most: number;
  /** Up to here it is not taxed. */
  readonly active: number;
  readonly shares: number;
}

/** Tax on idle memory, 0 to below 1. */
const tax = 0.75;
/** What a page costs that lies idle, where one that is worked with costs 1. */
export const idleCost = 1 / (1 - tax);

const page = 4096;
/** Halvings of the level: beyond what doubles can tell apart. */
const halvings = 64;

/** Bytes for each, in their order, in whole pages save where a bound says otherwise. The sum is within the budget where the leasts are. */
export function allot(vessels: readonly Vessel[], budget: number): number[] {
  const top = Math.max(0, ...vessels.map(levelOfMost));
  const all = vessels.map((vessel) => heightAt(vessel, top));
  if (sum(all) <= budget) return all;
  let [low, high] = [0, top];
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (sum(vessels.map((vessel) => heightAt(vessel, middle))) <= budget) low = middle;
    else high = middle;
  }
  return vessels.map((vessel) => heightAt(vessel, low));
}

function heightAt({ least, most, active, shares }: Vessel, level: number): number {
  const paid = level * shares;
  const height = paid <= active ? paid : active + (paid - active) / idleCost;
  if (height >= most) return Math.max(least, most);
  return Math.max(least, Math.floor(height / page) * page);
}

function levelOfMost({ most, active, shares }: Vessel): number {
  // A page more than it takes: rounding must not leave it below its most.
  return (most <= active ? most : active + (most - active) * idleCost) / shares + page;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
