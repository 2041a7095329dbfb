import type { FileHandle } from "node:fs/promises";
import { refuse } from "./refuse.ts";

/** Reads from a place in a file; at its end there is less. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export function reader(file: FileHandle): ReadAt {
  return async (position, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
}

/** All of it, or the file is refused as cut off. Places that a header names may lie anywhere. */
export async function readWhole(read: ReadAt, position: bigint | number, length: number): Promise<Buffer> {
  const at = Number(position);
  if (!Number.isSafeInteger(at) || at < 0) throw refuse("its disk's header leads nowhere");
  const bytes = await read(at, length);
  if (bytes.length < length) throw refuse("its disk is cut off");
  return bytes;
}
