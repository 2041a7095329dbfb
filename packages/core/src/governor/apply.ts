import type { InstanceId } from "../instances/driver.ts";
import type { Log } from "../log.ts";
import { sum } from "./allot.ts";
import type { Claim } from "./claim.ts";
import type { MeasuredMember } from "./members.ts";
import type { Move } from "./policy.ts";

export interface Applied {
  /** As far as it was done: `from` is what it might have before this step. */
  readonly move: Move;
  /** What it may have now. */
  readonly may: number;
  /** When it was done. */
  readonly at: Date;
}

export interface Applying {
  readonly members: ReadonlyMap<InstanceId, MeasuredMember>;
  readonly claims: readonly Claim[];
  readonly budget: number;
  readonly log: Log;
  readonly now: () => Date;
}

/** Bytes that are worth a step of their own while more is still to come. */
const worthAStep = 8 * 2 ** 20;
const page = 4096;

/**
 * Sets targets. Nobody who grows waits for all who shrink: it gets what is free at once, and more whenever somebody has given some, which may be
 * less than what was planned. One that fails does not stop the others. Returns what was done, in that order.
 */
export async function applyMoves(moves: readonly Move[], applying: Applying): Promise<Applied[]> {
  const applied: Applied[] = [];
  const shrinks = moves.filter(({ kind }) => kind !== "grow");
  const growth = new Growth(moves, applying, applied);
  growth.expect(shrinks.length);
  await Promise.all([
    growth.grant(),
    ...shrinks.map(async (move) => {
      growth.hold(move.id, (await setTarget(move, applying, applied)) ?? move.from);
      await growth.grant();
    }),
  ]);
  return applied;
}

/** Undefined when it failed. */
async function setTarget(move: Move, { members, log, now }: Applying, applied: Applied[]): Promise<number | undefined> {
  const { id, from, to } = move;
  const member = members.get(id);
  if (!member) return undefined;
  try {
    const may = await member.driver.setMemoryTarget(id, to);
    applied.push({ move, may, at: now() });
    return may;
  } catch (err) {
    log.warn({ instance: member.record.name, from, to, err }, "what an instance may have of memory could not be set");
    return undefined;
  }
}

/** Gives those that grow what is free of the budget, by what they lack. */
class Growth {
  readonly #applying: Applying;
  readonly #applied: Applied[];
  /** What each may have now, or will have when what is under way is done. */
  readonly #targets: Map<InstanceId, number>;
  readonly #leasts: ReadonlyMap<InstanceId, number>;
  /** Those that grow and are not being given anything. */
  readonly #open: Map<InstanceId, Move>;
  /** Of those that shrink, who has not given yet. */
  #expected = 0;

  constructor(moves: readonly Move[], applying: Applying, applied: Applied[]) {
    this.#applying = applying;
    this.#applied = applied;
    this.#targets = new Map(applying.claims.map(({ id, target }) => [id, target]));
    this.#leasts = new Map(applying.claims.map(({ id, least }) => [id, least]));
    this.#open = new Map(moves.filter(({ kind }) => kind === "grow").map((move) => [move.id, move]));
  }

  expect(count: number): void {
    this.#expected = count;
  }

  /** One that shrinks may have so much now. */
  hold(id: InstanceId, may: number): void {
    this.#expected--;
    this.#targets.set(id, may);
  }

  /** Gives what is free now, and returns when that is done. */
  async grant(): Promise<void> {
    const room = Math.max(0, this.#applying.budget - sum([...this.#targets.values()]));
    const lacks = [...this.#open.values()].map((move) => ({ move, from: this.#targets.get(move.id) ?? move.from }));
    const wanted = sum(lacks.map(({ move, from }) => move.to - from));
    const share = wanted <= room ? 1 : room / wanted;
    await Promise.all(
      lacks.map(async ({ move, from }) => {
        const part = share === 1 ? move.to - from : Math.floor(((move.to - from) * share) / page) * page;
        // What is guaranteed it gets whatever others have.
        const to = Math.max(from + part, Math.min(move.to, this.#leasts.get(move.id) ?? 0));
        const worthIt = to === move.to || to - from >= (this.#expected > 0 ? worthAStep : page);
        if (to > from && worthIt) await this.#give(move, from, to);
      }),
    );
  }

  async #give(move: Move, from: number, to: number): Promise<void> {
    const { id } = move;
    this.#open.delete(id);
    this.#targets.set(id, to);
    const may = await setTarget({ ...move, from, to }, this.#applying, this.#applied);
    this.#targets.set(id, may ?? from);
    // One that did not take what it was given gets no more in this round.
    if (may === undefined || may < to || may >= move.to) return;
    this.#open.set(id, move);
    await this.grant();
  }
}
