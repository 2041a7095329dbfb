import type BetterSqlite from "better-sqlite3";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/**
 * A database whose statements are prepared once: the same few are asked for all the time. Its tables must not change any more.
 * `most`: statements that are kept.
 */
export function withKeptStatements(file: BetterSqlite.Database, most = 500): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => file.close(),
    prepare(sql) {
      const known = kept.get(sql);
      if (known) return known;
      const prepared = lasting(file, sql);
      if (kept.size < most) kept.set(sql, prepared);
      return prepared;
    },
  };
}

/** Of tables whose last rows a power cut may take: what they say holds only while the daemon lives. */
const passing = /^(?:insert into|delete from) "operations"/;

/** Statements that write wait for the disk, but for those of passing tables. */
function lasting(file: BetterSqlite.Database, sql: string): SqliteStatement {
  const prepared = file.prepare(sql) as SqliteStatement;
  if (!passing.test(sql)) return prepared;
  return {
    reader: prepared.reader,
    all: (parameters) => prepared.all(parameters),
    iterate: (parameters) => prepared.iterate(parameters),
    run(parameters) {
      // In the middle of a transaction it cannot be changed.
      if (file.inTransaction) return prepared.run(parameters);
      file.pragma("synchronous = NORMAL");
      try {
        return prepared.run(parameters);
      } finally {
        file.pragma("synchronous = FULL");
      }
    },
  };
}
