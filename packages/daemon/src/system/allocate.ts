import { closeSync, openSync } from "node:fs";
import { declare, SystemCallError } from "./libc.ts";

const fallocate = declare<[number, number, number, number]>(
  "int fallocate(int fd, int mode, long offset, long length)",
);

/** The file does not grow: what is allocated lies beyond its end, and is there when it does. */
const FALLOC_FL_KEEP_SIZE = 1;

/** Gives a file blocks for its first bytes, without writing them. False where there is no room, or the file system cannot. */
export function allocate(path: string, bytes: number): boolean {
  const descriptor = openSync(path, "a", 0o600);
  try {
    fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
