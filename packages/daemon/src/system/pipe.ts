import { constants, openSync } from "node:fs";
import koffi from "koffi";
import { declare } from "./libc.ts";

const pipe2 = declare<[Buffer, number]>("int pipe2(void *fds, int flags)");
const O_CLOEXEC = 0x80000;

/** A pipe's two file descriptors, close-on-exec. */
export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

/**
 * Makes a pipe. Node's own `pipe` for a child is a socket, which the child cannot open again as /dev/stdout.
 */
export function createPipe(): PipeEnds {
  const ends = Buffer.alloc(2 * koffi.sizeof("int"));
  pipe2(ends, O_CLOEXEC);
  return { read: ends.readInt32LE(0), write: ends.readInt32LE(4) };
}

/** A descriptor that reads as empty and takes everything. */
export function openNull(): number {
  return openSync("/dev/null", constants.O_RDWR);
}
