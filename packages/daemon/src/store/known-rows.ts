import type { SqlRow } from "./layouts/table-layout.ts";

interface Known<Row> {
  readonly read: SqlRow;
  readonly row: Row;
}

/**
 * Rows as they were understood last. To understand one costs much more than to see that it has not changed, and of a table's many rows one
 * changes at a time.
 */
export class KnownRows<Row> {
  readonly #keyOf: (read: SqlRow) => string;
  readonly #understand: (read: SqlRow) => Row;
  #known = new Map<string, Known<Row>>();

  /** `keyOf`: what tells a table's rows apart. */
  constructor(keyOf: (read: SqlRow) => string, understand: (read: SqlRow) => Row) {
    this.#keyOf = keyOf;
    this.#understand = understand;
  }

  /** Some of a table. */
  some(reads: readonly SqlRow[]): Row[] {
    return reads.map((read) => this.#keep(this.#known, read));
  }

  /** All of a table: others are there no more. */
  all(reads: readonly SqlRow[]): Row[] {
    const known = new Map<string, Known<Row>>();
    const rows = reads.map((read) => this.#keep(known, read));
    this.#known = known;
    return rows;
  }

  #keep(into: Map<string, Known<Row>>, read: SqlRow): Row {
    const key = this.#keyOf(read);
    const before = this.#known.get(key);
    const known = before && isSame(before.read, read) ? before : { read, row: this.#understand(read) };
    into.set(key, known);
    return known.row;
  }
}

function isSame(a: SqlRow, b: SqlRow): boolean {
  return Object.keys(b).every((column) => a[column] === b[column]);
}
