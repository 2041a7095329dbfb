import type { InstanceId } from "../instances/driver.ts";
import type { Log } from "../log.ts";
import { sum } from "./allot.ts";
import type { Claim } from "./claim.ts";
import type { MeasuredMember } from "./members.ts";
import type { Move } from "./policy.ts";

export interface Applied {
  readonly move: Move;
  /** What it may have now. */
  readonly may: number;
}

/**
 * Sets targets, those that shrink first: what grows gets what they gave, which may be less than what was planned. One that fails does not
 * stop the others.
 */
export async function applyMoves(
  moves: readonly Move[],
  {
    members,
    claims,
    budget,
    log,
  }: {
    readonly members: ReadonlyMap<InstanceId, MeasuredMember>;
    readonly claims: readonly Claim[];
    readonly budget: number;
    readonly log: Log;
  },
): Promise<Applied[]> {
  const targets = new Map(claims.map(({ id, target }) => [id, target]));
  const leasts = new Map(claims.map(({ id, least }) => [id, least]));
  const applied: Applied[] = [];
  const set = async (move: Move, to: number) => {
    const member = members.get(move.id);
    if (!member) return;
    try {
      const may = await member.driver.setMemoryTarget(move.id, to);
      targets.set(move.id, may);
      applied.push({ move, may });
    } catch (err) {
      log.warn(
        { instance: member.record.name, from: move.from, to, err },
        "what an instance may have of memory could not be set",
      );
    }
  };
  await Promise.all(moves.filter(({ kind }) => kind !== "grow").map((move) => set(move, move.to)));
  for (const move of moves.filter(({ kind }) => kind === "grow")) {
    const room = Math.max(0, budget - sum([...targets.values()]));
    const to = Math.max(Math.min(move.to, move.from + room), Math.min(move.to, leasts.get(move.id) ?? 0));
    if (to > move.from) await set(move, to);
  }
  return applied;
}
