import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds for which whoever has time waits at most. */
const longest = 5_000;

/**
 * What guests have to do goes first, and what has time comes after it, one after the other: many forks that are made at once would
 * otherwise all start their sshd while others are still being made.
 */
export class Turns {
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  /** Something goes on until this is disposed of. */
  hold(): Disposable {
    this.#busy++;
    const held = new DisposableStack();
    held.defer(() => {
      this.#busy--;
      if (this.#busy === 0) this.#waiting.shift()?.();
    });
    return held;
  }

  /** Holds for something that has time, when nothing else goes on, or as soon as it has no time any more. */
  async take(urgent: Promise<void>): Promise<Disposable> {
    if (this.#busy === 0) return this.hold();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await Promise.race([promise, urgent, delay(longest, undefined, { ref: false })]);
    const index = this.#waiting.indexOf(resolve);
    if (index !== -1) this.#waiting.splice(index, 1);
    return this.hold();
  }
}
