import type { Traffic } from "./pump.ts";

/** Milliseconds. */
const patience = 500;

/**
 * Notices that the output of an ended command has run dry. Its end alone does not say so: what the command left running in the
 * background keeps its streams open.
 */
export class Quiet implements Traffic {
  readonly #dry: () => void;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #pieces = 0;

  constructor(dry: () => void) {
    this.#dry = dry;
  }

  /** The command has ended: from now on silence counts. */
  begin(): void {
    this.#begun = true;
    this.#watch();
  }

  busy(): void {
    this.#pieces += 1;
    clearTimeout(this.#timer);
  }

  idle(): void {
    this.#pieces -= 1;
    this.#watch();
  }

  end(): void {
    this.#begun = false;
    clearTimeout(this.#timer);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#begun && this.#pieces === 0) this.#timer = setTimeout(this.#dry, patience);
  }
}
