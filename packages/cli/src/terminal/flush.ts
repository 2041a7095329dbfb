import type { Writable } from "node:stream";

/** Resolves when all that was written has been taken: a process that exits before that cuts off what a slow reader of a pipe has not read. */
export function flush(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => stream.write("", () => resolve()));
}
