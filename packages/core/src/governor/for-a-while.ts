/** Keys that count for some time after they were added, and are forgotten then. */
export class ForAWhile<Key> {
  readonly #milliseconds: number;
  readonly #now: () => Date;
  readonly #until = new Map<Key, number>();

  constructor(milliseconds: number, now: () => Date) {
    this.#milliseconds = milliseconds;
    this.#now = now;
  }

  add(key: Key): void {
    const now = this.#now().getTime();
    for (const [each, until] of this.#until) if (until <= now) this.#until.delete(each);
    this.#until.set(key, now + this.#milliseconds);
  }

  delete(key: Key): void {
    this.#until.delete(key);
  }

  has(key: Key): boolean {
    return (this.#until.get(key) ?? 0) > this.#now().getTime();
  }

  get size(): number {
    return this.#until.size;
  }
}
