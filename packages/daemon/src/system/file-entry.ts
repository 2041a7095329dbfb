import { constants } from "node:fs";
import type { FileEntry } from "@lodge/api";

/** What SFTP says of a file: `mode` with the bits of its type, times in seconds of the epoch. */
interface Attributes {
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: number;
}

export function fileEntry(name: string, { size, mode, uid, gid, modified }: Attributes): FileEntry {
  const type = types.get(mode & constants.S_IFMT) ?? "other";
  return { name, type, size, mode: mode & 0o7777, uid, gid, modified_at: new Date(modified * 1000).toISOString() };
}

const types = new Map<number, FileEntry["type"]>([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "directory"],
  [constants.S_IFLNK, "symlink"],
]);

export const byName = (a: FileEntry, b: FileEntry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
