/** Runs tasks with the same key one after another. */
export class Turns {
  readonly #changed: (key: string) => void;
  readonly #last = new Map<string, Promise<unknown>>();
  /** Of the task that makes way for others. */
  readonly #wanted = new Map<string, AbortController>();

  /** `changed` is told when a turn begins, and when it ends. */
  constructor(changed: (key: string) => void = () => undefined) {
    this.#changed = changed;
  }

  async take<T>(key: string, task: () => Promise<T>): Promise<T> {
    this.#wanted.get(key)?.abort();
    const before = this.#last.get(key) ?? Promise.resolve();
    const begin = () => {
      this.#changed(key);
      return task();
    };
    const turn = before.then(begin, begin);
    const settled = turn.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await turn;
    } finally {
      this.#changed(key);
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }

  /** As `take`, for what takes long and may end at any time: the signal asks for that once another wants the turn. */
  async takeYielding<T>(key: string, task: (wanted: AbortSignal) => Promise<T>): Promise<T> {
    const wanted = new AbortController();
    const turn = this.take(key, () => task(wanted.signal));
    this.#wanted.set(key, wanted);
    try {
      return await turn;
    } finally {
      if (this.#wanted.get(key) === wanted) this.#wanted.delete(key);
    }
  }
}
