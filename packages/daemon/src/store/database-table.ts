import { LodgeError } from "@lodge/api";
import type { Table } from "@lodge/core";
import type { Kysely } from "kysely";
import { KnownRows } from "./known-rows.ts";
import type { SqlRow, TableLayout } from "./layouts/table-layout.ts";
import type { TableWrites } from "./table-writes.ts";

export type Database = Record<string, SqlRow>;

/** One table of the database under the contract of the core. */
export class DatabaseTable<Row, Key> implements Table<Row, Key> {
  readonly #db: Kysely<Database>;
  readonly #layout: TableLayout<Row, Key>;
  readonly #writes: TableWrites;
  /** All rows, as they were after so many writes. */
  #kept: { readonly writes: number; readonly rows: readonly Row[] } | undefined;
  readonly #known: KnownRows<Row>;

  constructor(db: Kysely<Database>, layout: TableLayout<Row, Key>, writes: TableWrites) {
    this.#db = db;
    this.#layout = layout;
    this.#writes = writes;
    this.#known = new KnownRows(
      (read) => layout.key.map((column) => read[column]).join("\0"),
      (read) => this.#parse(read),
    );
  }

  /** Reads them again only after a write: lists of instances are asked for much more often than they change. */
  async list(): Promise<Row[]> {
    // What a transaction has written may be taken back without another write.
    if (this.#db.isTransaction) return this.listWhere({});
    const writes = this.#writes.of(this.#layout.table);
    const kept =
      this.#kept?.writes === writes ? this.#kept : { writes, rows: this.#known.all(await this.#readWhere({})) };
    this.#kept = kept;
    return [...kept.rows];
  }

  /** The rows that have these values in these columns. */
  protected async listWhere(columns: Readonly<Record<string, string>>): Promise<Row[]> {
    return this.#known.some(await this.#readWhere(columns));
  }

  #readWhere(columns: Readonly<Record<string, string>>): Promise<SqlRow[]> {
    let query = this.#db.selectFrom(this.#layout.table).selectAll();
    for (const [column, value] of Object.entries(columns)) query = query.where(column, "=", value);
    for (const column of this.#layout.orderBy) query = query.orderBy(column);
    return query.execute();
  }

  async get(key: Key): Promise<Row | undefined> {
    let query = this.#db.selectFrom(this.#layout.table).selectAll();
    for (const [column, value] of this.#where(key)) query = query.where(column, "=", value);
    const row = await query.executeTakeFirst();
    return row && this.#known.some([row])[0];
  }

  async put(row: Row): Promise<void> {
    const values = this.#layout.write(row);
    const query = this.#db
      .insertInto(this.#layout.table)
      .values(values)
      .onConflict((conflict) => conflict.columns([...this.#layout.key]).doUpdateSet(values));
    await this.#write(query, values);
  }

  async remove(key: Key): Promise<void> {
    let query = this.#db.deleteFrom(this.#layout.table);
    for (const [column, value] of this.#where(key)) query = query.where(column, "=", value);
    await this.#write(query, {});
  }

  async #write(query: { execute(): Promise<unknown> }, values: SqlRow): Promise<void> {
    const { table } = this.#layout;
    try {
      await this.#writes.during(table, () => query.execute());
    } catch (error) {
      throw writeError(error, table, values);
    }
  }

  #where(key: Key): (readonly [string, string])[] {
    const values = this.#layout.keyValues(key);
    return this.#layout.key.map((column, i) => [column, values[i] ?? ""]);
  }

  #parse(row: SqlRow): Row {
    const parsed = this.#layout.read.safeParse(row);
    if (parsed.success) return parsed.data;
    const key = this.#layout.key.map((column) => row[column]).join(" ");
    const [issue] = parsed.error.issues;
    throw new LodgeError({
      code: "database_corrupt",
      message: `The database's row "${key}" of table ${this.#layout.table} cannot be read: ${issue?.path.join(".")}: ${issue?.message}. Restore the copy lodge.db.bak or repair the row.`,
      cause: parsed.error,
    });
  }
}

/** What SQLite refused, in Lodge's words. */
function writeError(error: unknown, table: string, values: SqlRow): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === "SQLITE_CONSTRAINT_UNIQUE" && table === "instances") {
    return new LodgeError({
      code: "instance_exists",
      message: `Instance ${values.name} cannot be recorded: its name or its block of ids belongs to another instance. Choose another name.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_UNIQUE" && table === "volumes") {
    return new LodgeError({
      code: "volume_exists",
      message: `Volume ${values.name} exists already; choose another name.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY" && (table === "volume_snapshots" || table === "volume_backups")) {
    return new LodgeError({
      code: "volume_not_found",
      message: `${table === "volume_backups" ? "Backup" : "Snapshot"} ${values.name} cannot be recorded: its volume does not exist any more.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_UNIQUE" && (table === "snapshots" || table === "volume_snapshots")) {
    return new LodgeError({
      code: "snapshot_exists",
      message: `Snapshot ${values.name} exists already; choose another name.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_UNIQUE" && (table === "backups" || table === "volume_backups")) {
    return new LodgeError({
      code: "backup_exists",
      message: `Backup ${values.name} exists already; choose another name.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY" && (table === "snapshots" || table === "backups")) {
    return new LodgeError({
      code: "instance_not_found",
      message: `${table === "backups" ? "Backup" : "Snapshot"} ${values.name} cannot be recorded: its instance does not exist any more.`,
      cause: error,
    });
  }
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY" && table === "aliases") {
    return new LodgeError({
      code: "image_not_found",
      message: `Alias ${values.name}: there is no image ${values.fingerprint}.`,
      cause: error,
    });
  }
  if (code === "SQLITE_FULL") {
    return new LodgeError({
      code: "pool_full",
      message: `The database cannot be written: the file system of LODGE_DIR is full. Free some space and repeat.`,
      cause: error,
    });
  }
  return error;
}
