import type { z } from "zod";

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

/** How a record lies in its table, and the schema by which it is believed again when it is read. */
export interface TableLayout<Row, Key> {
  readonly table: string;
  readonly key: readonly string[];
  readonly orderBy: readonly string[];
  readonly keyValues: (key: Key) => readonly string[];
  readonly write: (row: Row) => SqlRow;
  readonly read: z.ZodType<Row>;
}
