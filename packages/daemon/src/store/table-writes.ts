/**
 * How often tables were written to, so that what was read of one holds until it is. The daemon alone writes to its database, on one
 * connection: whoever reads waits for transactions to end.
 */
export class TableWrites {
  readonly #counts = new Map<string, number>();
  readonly #owned: ReadonlyMap<string, readonly string[]>;

  /** `owned`: by table, those whose rows go with its rows. */
  constructor(owned: ReadonlyMap<string, readonly string[]>) {
    this.#owned = owned;
  }

  of(table: string): number {
    return this.#counts.get(table) ?? 0;
  }

  /** Does what writes to a table: nothing that is read before its end is taken for what is there after it. */
  async during<T>(table: string, write: () => Promise<T>): Promise<T> {
    this.#note(table);
    try {
      return await write();
    } finally {
      this.#note(table);
    }
  }

  #note(table: string): void {
    for (const each of [table, ...(this.#owned.get(table) ?? [])]) this.#counts.set(each, this.of(each) + 1);
  }
}
