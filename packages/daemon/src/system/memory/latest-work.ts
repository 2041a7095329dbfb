import { KeyedLock } from "@lodge/core";

/** Work on an object, one at a time: who comes asks the work that is under way to end early, and waits for that. */
export class LatestWork<Key> {
  readonly #lock = new KeyedLock<Key>();
  readonly #latest = new Map<Key, AbortController>();

  /** The signal: somebody else waits. */
  run<T>(key: Key, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#latest.get(key)?.abort();
    const mine = new AbortController();
    this.#latest.set(key, mine);
    return this.#lock.run(key, async () => {
      try {
        return await work(mine.signal);
      } finally {
        if (this.#latest.get(key) === mine) this.#latest.delete(key);
      }
    });
  }
}
