import { readFileSync } from "node:fs";

/** Milliseconds for which an answer holds: swap comes and goes by hand, and many ask. */
const validity = 5_000;
let known: { readonly swaps: boolean; readonly until: number } | undefined;

/** Whether the host has swap, on disks or as compressed memory (zram). */
export function hostSwaps(): boolean {
  const now = performance.now();
  if (!known || now > known.until)
    known = { swaps: hasSwap(readFileSync("/proc/swaps", "utf8")), until: now + validity };
  return known.swaps;
}

/** Of /proc/swaps: a heading, and a line for each. */
export function hasSwap(text: string): boolean {
  return text.trim().split("\n").length > 1;
}
