import { constants, openSync } from "node:fs";
import koffi from "koffi";
import { declare, SystemCallError } from "./libc.ts";

const pipe2 = declare<[Buffer, number]>("int pipe2(void *fds, int flags)");
const fcntl = declare<[number, number, number]>("int fcntl(int fd, int command, int value)");
const O_CLOEXEC = 0x80000;
const F_SETPIPE_SZ = 1031;

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

/** Lets so many bytes lie in a pipe, where the kernel allows it: less to and fro between who writes and who reads. */
export function widenPipe({ write }: PipeEnds, bytes: number): void {
  try {
    fcntl(write, F_SETPIPE_SZ, bytes);
  } catch (error) {
    // Unprivileged users' pipes count; as it is, it does as well.
    if (!(error instanceof SystemCallError)) throw error;
  }
}

/** A descriptor that reads as empty and takes everything. */
export function openNull(): number {
  return openSync("/dev/null", constants.O_RDWR);
}
