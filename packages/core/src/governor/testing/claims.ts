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
  /** Missing: 1. */
  readonly rested?: number;
}

export function claimOf(name: string, one: ClaimInMebibytes): Claim {
  const {
    used,
    works = used,
    least = 0,
    most = 1024,
    target = most,
    shares = 100,
    pressure = 0,
    grown = 0,
    rested = 1,
  } = one;
  const [usedBytes, workingSet] = [used * mebibyte, works * mebibyte];
  return {
    ...{
      id: name as InstanceId,
      used: usedBytes,
      filled: usedBytes,
      workingSet,
      pressure,
      refaults: 0,
      target: target * mebibyte,
    },
    ...{ least: least * mebibyte, guarantee: least * mebibyte, most: most * mebibyte, shares },
    ...{ waited: false, grown: grown * mebibyte, rested },
  };
}

/** What each may have after a round, which was done whole. `respond`: what the instance has and shows with another target. */
export function nextRound(situation: Situation, respond: (claim: Claim) => Claim): Situation {
  const { state, moves, waiting } = decide(situation);
  const targets = new Map(moves.map(({ id, to }) => [id, to]));
  const claims = situation.claims.map((claim) =>
    respond({ ...claim, target: targets.get(claim.id) ?? claim.target, waited: waiting.has(claim.id) }),
  );
  return { ...situation, state, claims };
}
