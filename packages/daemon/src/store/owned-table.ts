import type { Kysely } from "kysely";
import { type Database, DatabaseTable } from "./database-table.ts";
import type { TableLayout } from "./layouts/table-layout.ts";
import type { TableWrites } from "./table-writes.ts";

/** What is asked for by the instance or volume that it is of. */
export class OwnedTable<Row, Key, Owner extends string> extends DatabaseTable<Row, Key> {
  readonly #column: "instance" | "volume";

  constructor(db: Kysely<Database>, layout: TableLayout<Row, Key>, writes: TableWrites, column: "instance" | "volume") {
    super(db, layout, writes);
    this.#column = column;
  }

  of(owner: Owner): Promise<Row[]> {
    return this.listWhere({ [this.#column]: owner });
  }
}
