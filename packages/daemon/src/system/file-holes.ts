/** Holes of files: parts that read as zeros and take no room. */
import koffi from "koffi";
import { declareAsync, SystemCallError } from "./libc.ts";

// On threads: a file system may first have to write what it holds back.
const lseek = declareAsync<[number, number, number]>("int64_t lseek(int fd, int64_t offset, int whence)");
const fallocate = declareAsync<[number, number, number, number]>(
  "int fallocate(int fd, int mode, int64_t offset, int64_t length)",
);
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/** Bytes from `start` up to and without `end`. */
export interface DataExtent {
  readonly start: number;
  readonly end: number;
}

/** Where an open file of this size holds data, in order. Moves where it is read from next. */
export async function dataExtents(fd: number, size: number): Promise<DataExtent[]> {
  const extents: DataExtent[] = [];
  for (let end = 0; end < size; ) {
    const start = await nextData(fd, end);
    if (start === undefined || start >= size) break;
    end = Math.min(size, await lseek(fd, start, SEEK_HOLE));
    extents.push({ start, end });
  }
  return extents;
}

/** Undefined: only a hole follows. */
async function nextData(fd: number, from: number): Promise<number | undefined> {
  try {
    return await lseek(fd, from, SEEK_DATA);
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === koffi.os.errno["ENXIO"]) return undefined;
    throw error;
  }
}

/** Makes a hole of a part of a file that is open for writing. */
export async function punchHole(fd: number, start: number, length: number): Promise<void> {
  await fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, length);
}
