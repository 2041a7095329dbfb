/**
 * When memory can neither be found nor taken any more: which instance stands still, so that the host's kernel need not end one. Pure.
 */
import type { InstanceId } from "../instances/driver.ts";
import { sum } from "./allot.ts";
import type { HostState } from "./host-state.ts";

/** An instance that runs or is frozen by the governor. Bytes. */
export interface Standing {
  readonly id: InstanceId;
  readonly used: number;
  readonly guarantee: number;
  readonly shares: number;
  /** What it has taken since the round before. */
  readonly grown: number;
  /** By the governor. */
  readonly frozen: boolean;
  /** Not to be frozen now: the user let it go on. */
  readonly spared: boolean;
}

export interface Plight {
  readonly instances: readonly Standing[];
  readonly state: HostState;
  /** Bytes of the budget that nobody has; below 0 when more is used than there is. */
  readonly free: number;
  /** Something is being taken from somebody: that comes first. */
  readonly taking: boolean;
  /** Since the round before. */
  readonly seconds: number;
}

/** What the rounds before have shown. */
export interface Strain {
  /** Seconds in which nothing was left, in all rounds up to now. */
  readonly exhausted: number;
  /** What instances have taken in these. */
  readonly grown: number;
  /** Seconds in which there was plenty. */
  readonly plenty: number;
}

export const noStrain: Strain = { exhausted: 0, grown: 0, plenty: 0 };

export interface LastResort {
  readonly strain: Strain;
  /** At most one a round. */
  readonly act?: { readonly kind: "freeze" | "thaw"; readonly id: InstanceId };
}

/** Seconds for which it must be as bad, or as good, before something is done. */
const patience = 5;
/** Bytes that were taken in these. Who only holds what it has is left alone: to freeze it would free nothing. */
const notable = 4 * 2 ** 20;

export function lastResort(plight: Plight, before: Strain): LastResort {
  const strain = strainAfter(plight, before);
  if (strain.exhausted >= patience && strain.grown >= notable) {
    const victim = plight.instances.filter(mayFreeze).toSorted(firstToFreeze)[0];
    if (victim) return { strain: noStrain, act: { kind: "freeze", id: victim.id } };
  }
  if (strain.plenty >= patience) {
    const next = plight.instances
      .filter(({ frozen }) => frozen)
      .toSorted(firstToFreeze)
      .at(-1);
    if (next) return { strain: noStrain, act: { kind: "thaw", id: next.id } };
  }
  return { strain };
}

function strainAfter({ instances, state, free, taking, seconds }: Plight, before: Strain): Strain {
  const exhausted = state === "low" && free <= 0 && !taking;
  const grown = sum(instances.filter(({ frozen }) => !frozen).map((each) => each.grown));
  return {
    exhausted: exhausted ? before.exhausted + seconds : 0,
    grown: exhausted ? before.grown + grown : 0,
    plenty: state === "high" ? before.plenty + seconds : 0,
  };
}

/** Who has no more than it was promised goes on. */
const mayFreeze = ({ frozen, spared, used, guarantee }: Standing): boolean => !frozen && !spared && used > guarantee;

/** The fewest shares, as the kernel would choose; of those alike whoever has just taken most, then who has most. */
function firstToFreeze(a: Standing, b: Standing): number {
  return a.shares - b.shares || b.grown - a.grown || b.used - a.used || (a.id < b.id ? -1 : 1);
}
