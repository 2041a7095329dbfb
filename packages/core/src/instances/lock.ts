/** Lets one action at a time work on an object; others wait their turn in order. */
export class KeyedLock<Key> {
  readonly #tails = new Map<Key, Promise<void>>();

  async run<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const { promise: turn, resolve: release } = Promise.withResolvers<void>();
    const tail = before.then(() => turn);
    this.#tails.set(key, tail);
    await before;
    try {
      return await work();
    } finally {
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }

  /** As `run` for several objects: waits until all of them are free, and holds none of them while it waits. */
  async runAll<T>(keys: readonly Key[], work: () => Promise<T>): Promise<T> {
    const busy = () => keys.flatMap((key) => this.#tails.get(key) ?? []);
    while (busy().length > 0) await Promise.all(busy());
    const { promise: turn, resolve: release } = Promise.withResolvers<void>();
    for (const key of keys) this.#tails.set(key, turn);
    try {
      return await work();
    } finally {
      release();
      for (const key of keys) if (this.#tails.get(key) === turn) this.#tails.delete(key);
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
