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
}

/** Lets one action at a time work; others wait their turn in order. */
export class Lock {
  readonly #lock = new KeyedLock<"">();

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#lock.run("", work);
  }
}
