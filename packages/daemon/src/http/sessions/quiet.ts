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
  #look: NodeJS.Immediate | undefined;
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
    this.#stop();
  }

  idle(): void {
    this.#pieces -= 1;
    this.#watch();
  }

  end(): void {
    this.#begun = false;
    this.#stop();
  }

  #watch(): void {
    this.#stop();
    if (this.#begun && this.#pieces === 0) this.#timer = setTimeout(() => this.#lookOnce(), patience);
  }

  /** A daemon that did not get to run for so long has not read what came meanwhile: it does before this. */
  #lookOnce(): void {
    this.#look = setImmediate(this.#dry);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#look);
  }
}
