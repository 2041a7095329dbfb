/**
 * Room that the database has of its own: whoever else fills its file system, what is noted has a place. Otherwise nothing could be stopped or
 * deleted any more.
 */
import { statSync } from "node:fs";
import { allocate } from "../system/allocate.ts";
import { isFull, type SqliteFile } from "./open-database.ts";

/** Pages in the file that hold nothing. */
const emptyPages = 256;
/** Bytes of the write-ahead log, which begins anew after a thousand pages. */
const logBytes = 6 * 2 ** 20;

/** Where there is no room left, the next start tries again. */
export function putRoomBy(file: SqliteFile): void {
  try {
    const pageSize = numberOf(file, "page_size");
    if (numberOf(file, "freelist_count") < emptyPages / 2) addEmptyPages(file, emptyPages * pageSize);
    // Pages are the file's once they have left its log.
    if (statSync(file.name).size < numberOf(file, "page_count") * pageSize) file.pragma("wal_checkpoint(truncate)");
  } catch (error) {
    if (file.inTransaction) file.exec("rollback");
    if (!isFull(error)) throw error;
  }
  allocate(`${file.name}-wal`, logBytes);
}

function addEmptyPages(file: SqliteFile, bytes: number): void {
  file.exec(
    `begin; create table put_by (room); insert into put_by values (zeroblob(${bytes})); drop table put_by; commit;`,
  );
}

function numberOf(file: SqliteFile, pragma: string): number {
  return Number(file.pragma(pragma, { simple: true }));
}
