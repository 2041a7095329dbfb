import type { InstanceId } from "../instances/driver.ts";
import type { Applied } from "./apply.ts";
import { ForAWhile } from "./for-a-while.ts";

/** Milliseconds for which one that gives nothing is asked again and again before it is left alone: a guest may be busy. */
const patience = 5_000;
/** Milliseconds between two questions, beyond which they are not the same trial: not each look asks. */
const between = 2_000;
/** Milliseconds for which nothing is taken then. */
const stuckFor = 30_000;
/** Milliseconds after which all that may be taken in a second may be taken again. */
const whole = 1_000;

/** When something was last taken of whom, and who gives nothing. */
export class Takings {
  readonly #now: () => Date;
  /** Since when those give nothing that were asked to, and when they were asked last: milliseconds. */
  #dry: ReadonlyMap<InstanceId, { readonly since: number; readonly asked: number }> = new Map();
  readonly #stuck: ForAWhile<InstanceId>;
  /** Milliseconds, of those of whom it was in the last second. */
  #at: ReadonlyMap<InstanceId, number> = new Map();

  constructor(now: () => Date) {
    this.#now = now;
    this.#stuck = new ForAWhile(stuckFor, now);
  }

  note(applied: readonly Applied[]): void {
    const at = this.#now().getTime();
    const taken = applied.filter(({ move }) => move.kind === "take");
    const lately = [...this.#at].filter(([, then]) => then <= at && at - then < whole);
    this.#at = new Map([...lately, ...taken.map(({ move }) => [move.id, at] as const)]);
    const dry = new Map([...this.#dry].filter(([, { asked }]) => asked <= at && at - asked < between));
    for (const { move, may } of taken) {
      if (may < move.from) dry.delete(move.id);
      else dry.set(move.id, { since: dry.get(move.id)?.since ?? at, asked: at });
    }
    this.#dry = dry;
    for (const [id, { since, asked }] of dry) if (asked === at && asked - since >= patience) this.#stuck.add(id);
  }

  /** Seconds since something was taken from it; 1 at most. */
  restOf(id: InstanceId): number {
    const passed = this.#now().getTime() - (this.#at.get(id) ?? Number.NEGATIVE_INFINITY);
    return passed < 0 ? 1 : Math.min(1, passed / whole);
  }

  /** It gave nothing when it was asked to, and is left alone for now. */
  isStuck(id: InstanceId): boolean {
    return this.#stuck.has(id);
  }
}
