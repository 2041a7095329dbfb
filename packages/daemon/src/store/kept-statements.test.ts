import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withKeptStatements } from "./kept-statements.ts";

let file: BetterSqlite.Database;
beforeEach(() => {
  file = new BetterSqlite(":memory:");
  file.pragma("synchronous = FULL");
  file.exec("create table operations (id); create table others (id)");
});
afterEach(() => file.close());

const operation = 'insert into "operations" (id) values (1)';
const other = 'insert into "others" (id) values (1)';

test("a statement is prepared once", () => {
  const kept = withKeptStatements(file);
  expect(kept.prepare(operation)).toBe(kept.prepare(operation));
  expect(kept.prepare(other)).not.toBe(kept.prepare(operation));
});

test.each([
  ["operations alone are not waited for", operation, ["synchronous = NORMAL", "synchronous = FULL"]],
  ["others are", other, []],
])("%s, and the database is as strict as before", (_what, sql, changes) => {
  const pragma = vi.spyOn(file, "pragma");
  withKeptStatements(file).prepare(sql).run([]);
  expect(pragma.mock.calls.map(([text]) => text)).toEqual(changes);
  expect(file.pragma("synchronous", { simple: true })).toBe(2);
});

test("in the middle of a transaction it stays as it is", () => {
  const kept = withKeptStatements(file);
  file.exec("begin");
  kept.prepare(operation).run([]);
  file.exec("commit");
  expect(file.pragma("synchronous", { simple: true })).toBe(2);
});
