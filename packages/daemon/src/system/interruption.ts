/**
 * Something that may happen once, at any time, and then ends whatever waits. `Promise.race` with a promise that stays would keep what it was ever
 * raced with: over a long stream, all of the stream.
 */
export class Interruption {
  #happened: { readonly reason: unknown } | undefined;
  readonly #waiting = new Set<(reason: unknown) => void>();

  get happened(): boolean {
    return this.#happened !== undefined;
  }

  /** Whoever waits fails by this, and whoever begins to. */
  happen(reason: unknown): void {
    this.#happened ??= { reason };
    for (const end of this.#waiting) end(this.#happened.reason);
    this.#waiting.clear();
  }

  /** As the promise, unless this happens before. */
  unless<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#happened) reject(this.#happened.reason);
      this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}
