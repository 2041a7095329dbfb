import type { InstanceId } from "../../instances/driver.ts";
import type { Claim } from "../claim.ts";
import { decide, type Situation } from "../policy.ts";

const mebibyte = 2 ** 20;

/** Sizes in MiB. */
export interface ClaimInMebibytes {
  readonly used: number;
  /** Missing: all that is used. */
  readonly works?: number;
  /** Missing: `most`. */
  readonly target?: number;
  readonly least?: number;
  /** Missing: 1024. */
  readonly most?: number;
  readonly shares?: number;
  readonly pressure?: number;
  readonly grown?: number;
  /** Seconds; missing: 0. */
  readonly lead?: number;
  /** Missing: 1. */
  readonly rested?: number;
  /** Missing: all that is used. */
  readonly filled?: number;
}

export function claimOf(name: string, one: ClaimInMebibytes): Claim {
  const { used, works = used, filled = used, least = 0, most = 1024, target = most } = one;
  const { shares = 100, pressure = 0, grown = 0, rested = 1, lead = 0 } = one;
  return {
    ...{ id: name as InstanceId, shares, pressure, refaults: 0, waited: false, rested, lead },
    ...{ used: used * mebibyte, workingSet: works * mebibyte, filled: filled * mebibyte, grown: grown * mebibyte },
    ...{ target: target * mebibyte, least: least * mebibyte, guarantee: least * mebibyte, most: most * mebibyte },
  };
}

/** What each may have after a round, which was done whole, a second later. `respond`: what the instance has and shows with another target. */
export function nextRound(situation: Situation, respond: (claim: Claim) => Claim): Situation {
  const { state, moves, waiting } = decide(situation);
  const targets = new Map(moves.map(({ id, to }) => [id, to]));
  const claims = situation.claims.map((claim) =>
    respond({ ...claim, target: targets.get(claim.id) ?? claim.target, waited: waiting.has(claim.id), rested: 1 }),
  );
  return { ...situation, state, claims };
}
