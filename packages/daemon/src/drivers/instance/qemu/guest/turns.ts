import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds for which whoever has time waits at most. */
const longest = 5_000;

/** Something that goes on. */
interface Held {
  /** The guest that it goes on in, whose own matters do not wait for it. */
  readonly guest: object | undefined;
}

interface Waiting {
  readonly guest: object | undefined;
  readonly goOn: () => void;
}

/**
 * What guests have to do goes first, and what has time comes after it, one after the other: many forks that are made at once would
 * otherwise all start their sshd while others are still being made.
 */
export class Turns {
  readonly #held = new Set<Held>();
  readonly #waiting: Waiting[] = [];

  /** Something goes on until this is disposed of. */
  hold(guest?: object): Disposable {
    const held = { guest };
    this.#held.add(held);
    return {
      [Symbol.dispose]: () => {
        if (this.#held.delete(held)) this.#next();
      },
    };
  }

  /** As `hold`, for so many milliseconds at most. */
  holdFor(milliseconds: number, guest: object): Disposable {
    const held = this.hold(guest);
    const end = () => held[Symbol.dispose]();
    const timer = setTimeout(end, milliseconds).unref();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        end();
      },
    };
  }

  /** Holds for something that has time, when nothing else goes on, or as soon as it has no time any more. */
  async take(urgent: Promise<void>, guest?: object): Promise<Disposable> {
    if (this.#isFree(guest)) return this.hold(guest);
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    const waiting = { guest, goOn };
    this.#waiting.push(waiting);
    await Promise.race([promise, urgent, delay(longest, undefined, { ref: false })]);
    const index = this.#waiting.indexOf(waiting);
    if (index !== -1) this.#waiting.splice(index, 1);
    return this.hold(guest);
  }

  #isFree(guest: object | undefined): boolean {
    return [...this.#held].every((held) => held.guest !== undefined && held.guest === guest);
  }

  #next(): void {
    const index = this.#waiting.findIndex(({ guest }) => this.#isFree(guest));
    if (index === -1) return;
    const [next] = this.#waiting.splice(index, 1);
    next?.goOn();
  }
}
