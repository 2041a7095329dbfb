/** What was found out of things that change in their turns: found out anew after each. */
interface Finding<Value> {
  /** Of `performance.now()`, when it was asked for. */
  readonly at: number;
  readonly value: Promise<Value>;
}

export class Remembered<Key, Value> {
  readonly #findings = new Map<Key, Finding<Value>>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What `find` says, or said at most so many milliseconds ago. Those who ask at once share an answer; a failure is nobody's later. */
  of(key: Key, maxAge: number, find: () => Promise<Value>): Promise<Value> {
    const known = this.#findings.get(key);
    if (known && this.#now() - known.at < maxAge) return known.value;
    const finding = { at: this.#now(), value: find() };
    this.#findings.set(key, finding);
    finding.value.catch(() => {
      if (this.#findings.get(key) === finding) this.#findings.delete(key);
    });
    return finding.value;
  }

  /** It has changed, or may change from now on: what is being found out is not kept either. */
  forget(key: Key): void {
    this.#findings.delete(key);
  }
}
