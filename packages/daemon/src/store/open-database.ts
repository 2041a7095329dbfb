/** Opens the file of the database and vouches for it: sound, not of a newer Lodge, copied before anything changes it. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isNoSpace, LodgeError } from "@lodge/api";
import BetterSqlite from "better-sqlite3";
import { migrations } from "./schema.ts";

export type SqliteFile = BetterSqlite.Database;

/** The copy that is made at each start, beside the database. */
export const backupPath = (path: string): string => `${path}.bak`;

export function openDatabase(path: string): SqliteFile {
  refuseLost(path);
  closeSync(openSync(path, "a", 0o600));
  let file: SqliteFile | undefined;
  try {
    file = new BetterSqlite(path, { timeout: 5000 });
    file.pragma("journal_mode = WAL");
    // In WAL mode only FULL makes a commit survive a power cut.
    file.pragma("synchronous = FULL");
    file.pragma("foreign_keys = ON");
    checkIntegrity(file, path);
    refuseNewer(file, path);
    backUp(file, path);
    return file;
  } catch (error) {
    file?.close();
    if (isFull(error)) throw full(path, error);
    throw error instanceof LodgeError || !isSqliteError(error) ? error : corrupt(path, error.message, error);
  }
}

/** An emptied or missing database must not pass for a new one: everything on the host would look orphaned. */
function refuseLost(path: string): void {
  if (!existsSync(backupPath(path))) return;
  if (existsSync(path) && statSync(path).size > 0) return;
  throw corrupt(path, "it is missing or empty, and a copy of an earlier one lies beside it");
}

function checkIntegrity(file: SqliteFile, path: string): void {
  const answer: unknown = file.pragma("quick_check(1)", { simple: true });
  if (answer !== "ok") throw corrupt(path, String(answer));
}

function refuseNewer(file: SqliteFile, path: string): void {
  if (!hasTable(file, "kysely_migration")) return;
  const executed = file.prepare<[], { name: string }>("select name from kysely_migration order by name").all();
  const unknown = executed.find(({ name }) => !(name in migrations));
  if (!unknown) return;
  throw new LodgeError({
    code: "database_newer",
    message: `The database ${path} was written by a newer Lodge (it has the migration ${unknown.name}); start that version or a later one. Nothing was changed.`,
  });
}

/** Never leaves a half-written copy under the copy's name. Where there is no room, the one of an earlier start stays. */
function backUp(file: SqliteFile, path: string): void {
  if (!hasTable(file, "kysely_migration")) return;
  const part = `${backupPath(path)}.part`;
  rmSync(part, { force: true });
  try {
    closeSync(openSync(part, "wx", 0o600));
    file.prepare("vacuum into ?").run(part);
    sync(part);
    renameSync(part, backupPath(path));
    sync(dirname(path));
  } catch (error) {
    rmSync(part, { force: true });
    if (!isFull(error) || isBehind(file)) throw error;
  }
}

/** Whether something is about to change the tables. */
function isBehind(file: SqliteFile): boolean {
  const count = file.prepare<[], { count: number }>("select count(*) as count from kysely_migration").get()?.count;
  return count !== Object.keys(migrations).length;
}

function hasTable(file: SqliteFile, name: string): boolean {
  return file.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(name) !== undefined;
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function isSqliteError(error: unknown): error is Error & { code: string } {
  return error instanceof BetterSqlite.SqliteError;
}

export function isFull(error: unknown): boolean {
  return isNoSpace(error) || (isSqliteError(error) && error.code === "SQLITE_FULL");
}

function full(path: string, cause: unknown): LodgeError {
  return new LodgeError({
    code: "pool_full",
    message: `The database ${path} cannot be opened: its file system is full. Free some space and start lodged again.`,
    cause,
  });
}

function corrupt(path: string, detail: string, cause?: unknown): LodgeError {
  const copy = backupPath(path);
  const help = existsSync(copy)
    ? `To restore the copy of the last good start: stop lodged, then rm -f ${path}-wal ${path}-shm && cp ${copy} ${path}, then start it again. Instances made since then will be unknown, and what is there of them is kept.`
    : `There is no copy ${copy}; restore the file from your own backup, or move it away to begin with an empty database.`;
  return new LodgeError({
    code: "database_corrupt",
    message: `The database ${path} is damaged: ${detail}. ${help}`,
    cause,
  });
}
