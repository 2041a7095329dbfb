/** Lets one action at a time work on an object; others wait their turn in order. */
export class KeyedLock<Key> {
  readonly #tails = new Map<Key, Promise<void>>();
  /** How many wait, and who wants to know. */
  readonly #waiting = new Map<Key, number>();
  readonly #askers = new Map<Key, () => void>();

  /** For who holds the lock: resolves as soon as somebody else waits for it. */
  wanted(key: Key): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.has(key)) resolve();
    else this.#askers.set(key, resolve);
    return promise;
  }

  async run<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const { promise: turn, resolve: release } = Promise.withResolvers<void>();
    const tail = before.then(() => turn);
    this.#tails.set(key, tail);
    await this.#wait([key], before);
    try {
      return await work();
    } finally {
      this.#askers.delete(key);
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** As `run` for several objects: waits until all of them are free, and holds none of them while it waits. */
  async runAll<T>(keys: readonly Key[], work: () => Promise<T>): Promise<T> {
    const busy = () => keys.flatMap((key) => this.#tails.get(key) ?? []);
    while (busy().length > 0) await this.#wait(keys, Promise.all(busy()));
    const { promise: turn, resolve: release } = Promise.withResolvers<void>();
    for (const key of keys) this.#tails.set(key, turn);
    try {
      return await work();
    } finally {
      release();
      for (const key of keys) if (this.#tails.get(key) === turn) this.#tails.delete(key);
    }
  }

  async #wait(keys: readonly Key[], free: Promise<unknown>): Promise<void> {
    for (const key of keys) {
      this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
      if (this.#tails.has(key)) this.#askers.get(key)?.();
    }
    await free;
    for (const key of keys) {
      const left = (this.#waiting.get(key) ?? 0) - 1;
      if (left > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
    }
  }
}

/** Lets one action at a time work; others wait their turn in order. */
export class Lock {
  readonly #lock = new KeyedLock<"">();

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run("", work);
  }
}
