/**
 * What instances may have of the host's memory: numbers in, targets out. Nothing is taken from anybody while there is enough; who needs more
 * gets it at once, of what nobody has first; what others have is taken slowly, idle memory before what is worked with.
 */
import type { InstanceId } from "../instances/driver.ts";
import { allot, sum } from "./allot.ts";
import { type Claim, headroom, idle, waits, within } from "./claim.ts";
import { type HostState, hostState, reserve } from "./host-state.ts";

export interface Situation {
  readonly claims: readonly Claim[];
  /** Bytes for all of them together. */
  readonly budget: number;
  /** The state of the round before. */
  readonly state: HostState;
}

/** One instance's target is to change. */
export interface Move {
  readonly id: InstanceId;
  readonly from: number;
  readonly to: number;
  readonly kind: MoveKind;
}

/** `grow`: it needs more. `room`: it may have less, and has less than that. `take`: less than it has. */
export type MoveKind = "grow" | "room" | "take";

export interface Decision {
  readonly state: HostState;
  /** At most one for each instance: what shrinks first, so that what grows finds it. */
  readonly moves: readonly Move[];
  /** Who waits for memory. */
  readonly waiting: ReadonlySet<InstanceId>;
}

const mebibyte = 2 ** 20;
const page = 4096;
/** Of what nobody needs, the share that is let out: the rest is for who comes, or grows. */
const letOut = 0.5;

export function decide({ claims, budget, state: before }: Situation): Decision {
  const state = hostState(budget - sum(claims.map(({ used }) => used)), budget, before);
  const waiting = new Set(claims.filter(waits).map(({ id }) => id));
  const fair = fairTargets(claims, budget, waiting);
  const plans = claims.map((claim, i) => planOf(claim, fair[i] ?? claim.target, waiting.has(claim.id)));
  const wished = sum(plans.map(({ wish }) => wish));
  const shrink = (mayTake: boolean) =>
    plans.map((plan) => withShrinking(plan, { state, mayTake, strict: wished > budget }));
  const shrunk = wished <= budget - reserve(budget) ? plans : shrink(waiting.size > 0 || state !== "high");
  // What is guaranteed and lies with others who do not need it is taken back before it is missed.
  const fitting = sum(shrunk.map(({ next }) => next)) <= budget ? shrunk : shrink(true);
  const grown = withinBudget(fitting, budget);
  const moves = grown.flatMap(({ claim, next }) => moveOf(claim, next));
  return { state, waiting, moves: moves.toSorted((a, b) => Number(a.kind === "grow") - Number(b.kind === "grow")) };
}

/** What each should have, if memory could be moved at once. Depends on what they need, not on what they may have now. */
export function fairTargets(
  claims: readonly Claim[],
  budget: number,
  waiting: ReadonlySet<InstanceId> = new Set(claims.filter(waits).map(({ id }) => id)),
): number[] {
  const spare = reserve(budget);
  const needs = claims.map((claim) => {
    // How much who waits would use is not known: all that it may have.
    const need = waiting.has(claim.id) ? claim.most : within(claim.filled + headroom(claim), claim);
    const active = waiting.has(claim.id) ? need : Math.min(need, claim.workingSet + headroom(claim));
    return { least: claim.least, most: need, active, shares: claim.shares };
  });
  const needed = allot(needs, budget - spare);
  const surplus = Math.max(0, budget - spare - sum(needed)) * letOut;
  const roomy = claims.map(({ most, shares }, i) => {
    const least = needed[i] ?? 0;
    return { least, most: Math.max(least, most), active: Math.max(least, most), shares };
  });
  return allot(roomy, sum(needed) + surplus);
}

interface Plan {
  readonly claim: Claim;
  readonly fair: number;
  readonly grows: boolean;
  /** What it would have if there were enough. */
  readonly wish: number;
  readonly next: number;
}

/** Who neither waits nor comes near its bound keeps what it may have. */
function planOf(claim: Claim, fair: number, waiting: boolean): Plan {
  const { target } = claim;
  const near = claim.filled > target - headroom(claim) / 2;
  const grows = (waiting || near) && fair - target >= band(target);
  const wish = Math.max(within(grows ? fair : target, claim), claim.least);
  return { claim, fair, grows: wish > target, wish, next: Math.min(wish, Math.max(target, claim.least)) };
}

interface Shrinking {
  readonly state: HostState;
  /** Of what instances hold, too. */
  readonly mayTake: boolean;
  /** The sum of targets is beyond the budget: every byte counts. */
  readonly strict: boolean;
}

function withShrinking(plan: Plan, { state, mayTake, strict }: Shrinking): Plan {
  const { claim, fair, grows } = plan;
  if (grows || fair >= claim.target) return plan;
  const held = Math.min(claim.filled, claim.target);
  const floor = mayTake ? held - bite(claim, held, state) : held;
  const next = within(Math.max(fair, Math.ceil(floor / page) * page), claim);
  const worthIt = strict || claim.target - next >= band(claim.target);
  return worthIt && next < plan.next ? { ...plan, next } : plan;
}

/** What may be taken in one round of what it holds: half of what is idle, or a twentieth of what it works with, in a second. */
function bite(claim: Claim, held: number, state: HostState): number {
  const idleHeld = Math.min(idle(claim), held);
  const [ofIdle, ofAll] = bites[state];
  return Math.max(16 * mebibyte * claim.rested, idleHeld * ofIdle, held * ofAll * claim.rested);
}

const bites: Readonly<Record<HostState, readonly [ofIdle: number, ofAll: number]>> = {
  high: [0.5, 0.05],
  soft: [0.5, 0.05],
  hard: [1, 0.1],
  low: [1, 1],
};

/** Growth of what is there now: the reserve too, which others then fill again. */
function withinBudget(plans: readonly Plan[], budget: number): readonly Plan[] {
  const room = Math.max(0, budget - sum(plans.map(({ next }) => next)));
  const wanted = sum(plans.filter(({ grows }) => grows).map(({ wish, next }) => wish - next));
  const share = wanted <= room ? 1 : room / wanted;
  return plans.map((plan) => {
    if (!plan.grows) return plan;
    const { claim, wish, next } = plan;
    const growth = share === 1 ? wish - next : Math.floor(((wish - next) * share) / page) * page;
    return growth >= band(claim.target) || wish === claim.least ? { ...plan, next: next + growth } : plan;
  });
}

/** Changes that are smaller are not worth their trouble. */
const band = (target: number): number => Math.max(8 * mebibyte, target / 32);

function moveOf({ id, filled, target }: Claim, to: number): Move[] {
  if (to === target) return [];
  const kind = to > target ? "grow" : to >= filled ? "room" : "take";
  return [{ id, from: target, to, kind }];
}
