import type { InstanceId } from "../instances/driver.ts";
import type { Applied } from "./apply.ts";
import { ForAWhile } from "./for-a-while.ts";

/** Milliseconds in which one that gave nothing is asked again before it is left alone: a guest may be busy. */
const doubtedFor = 5_000;
/** Milliseconds for which nothing is taken from one that gave nothing twice. */
const stuckFor = 30_000;
/** Milliseconds after which all that may be taken in a second may be taken again. */
const whole = 1_000;

/** When something was last taken of whom, and who gives nothing. */
export class Takings {
  readonly #now: () => Date;
  readonly #doubted: ForAWhile<InstanceId>;
  readonly #stuck: ForAWhile<InstanceId>;
  /** Milliseconds, of those of whom it was in the last second. */
  #at: ReadonlyMap<InstanceId, number> = new Map();

  constructor(now: () => Date) {
    this.#now = now;
    this.#doubted = new ForAWhile(doubtedFor, now);
    this.#stuck = new ForAWhile(stuckFor, now);
  }

  note(applied: readonly Applied[]): void {
    const at = this.#now().getTime();
    const taken = applied.filter(({ move }) => move.kind === "take");
    const lately = [...this.#at].filter(([, then]) => then <= at && at - then < whole);
    this.#at = new Map([...lately, ...taken.map(({ move }) => [move.id, at] as const)]);
    for (const { move, may } of taken) {
      if (may < move.from) this.#doubted.delete(move.id);
      else if (this.#doubted.has(move.id)) this.#stuck.add(move.id);
      else this.#doubted.add(move.id);
    }
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
