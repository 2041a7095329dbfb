import type { GuestFigures } from "./guest-figures.ts";

/** Milliseconds for which a guest's answer serves: scrapers come in flocks, and emulated guests are slow. */
const freshness = 4_000;
/** Milliseconds that whoever asks waits for a guest; what comes later is for the next. */
const patience = 400;
/** Milliseconds after which an answer tells nothing any more. */
const stale = 60_000;
/** Milliseconds for which a guest that gave none is left alone: at first, because its agent may only just be starting, and at last. */
const pauses = { first: 2_000, last: 60_000 };

/** Asks one guest for what only it knows, and waits for none that is slow. */
export class GuestMeter {
  readonly #ask: () => Promise<GuestFigures>;
  readonly #clock: () => number;
  #last: { readonly at: number; readonly figures: GuestFigures } | undefined;
  #asking: Promise<void> | undefined;
  #silentUntil = Number.NEGATIVE_INFINITY;
  #pause = pauses.first;

  constructor(ask: () => Promise<GuestFigures>, clock: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The last answer, perhaps of a minute ago; undefined when there is none. */
  async figures(): Promise<GuestFigures | undefined> {
    const age = () => (this.#last ? this.#clock() - this.#last.at : Number.POSITIVE_INFINITY);
    if (age() > freshness && this.#clock() >= this.#silentUntil) {
      this.#asking ??= this.#refresh();
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, patience);
      await Promise.race([this.#asking, promise]);
      clearTimeout(timer);
    }
    return age() > stale ? undefined : this.#last?.figures;
  }

  async #refresh(): Promise<void> {
    try {
      const figures = await this.#ask();
      this.#last = { at: this.#clock(), figures };
      this.#pause = pauses.first;
    } catch {
      // A guest without an agent, or whose file systems are frozen.
      this.#silentUntil = this.#clock() + this.#pause;
      this.#pause = Math.min(this.#pause * 2, pauses.last);
    } finally {
      this.#asking = undefined;
    }
  }
}
