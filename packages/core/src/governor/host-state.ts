/**
 * How scarce memory is on the host, in the four states of ESX. What is free is the budget without what instances hold; a state is left for a
 * better one only when a little more is free than made it so.
 */
export const hostStates = ["high", "soft", "hard", "low"] as const;
export type HostState = (typeof hostStates)[number];

/** A state holds while at least this share of the budget is free. */
const freeFrom: Readonly<Record<HostState, number>> = { high: 0.06, soft: 0.04, hard: 0.02, low: 0 };
const more = 0.01;

/** Bytes that are kept free of a budget, so that who needs memory has some at once. */
export const reserve = (budget: number): number => budget * freeFrom.high;

/** `free`: bytes, below 0 when more is used than the budget has. */
export function hostState(free: number, budget: number, before: HostState): HostState {
  const share = budget > 0 ? free / budget : 0;
  const fits = (state: HostState) => {
    const better = hostStates.indexOf(state) < hostStates.indexOf(before);
    return share >= freeFrom[state] + (better ? more : 0);
  };
  return hostStates.find(fits) ?? "low";
}
