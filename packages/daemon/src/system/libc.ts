/** The system calls that have no command: through libc by FFI. */
import koffi from "koffi";

const libc = koffi.load("libc.so.6");

/** A failed system call, with the name of the call and errno. */
export class SystemCallError extends Error {
  readonly errno: number;
  constructor(call: string, errno: number) {
    super(`${call}: errno ${errno} (${koffi.os.errno ? errnoName(errno) : ""})`);
    this.errno = errno;
  }
}

function errnoName(errno: number): string {
  return Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? "unknown";
}

/** Declares a libc function by its C prototype. A result of -1 throws SystemCallError. */
export function declare<Args extends unknown[]>(prototype: string): (...args: Args) => number {
  const native = libc.func(prototype);
  const name = /(\w+)\s*\(/.exec(prototype)?.[1] ?? prototype;
  return (...args) => {
    const result = Number(native(...args));
    if (result === -1) throw new SystemCallError(name, koffi.errno());
    return result;
  };
}

/** As `declare`, for calls that may wait: they run on a thread of libuv's pool. Buffers given must stay referenced until the end. */
export function declareAsync<Args extends unknown[]>(prototype: string): (...args: Args) => Promise<number> {
  const native = libc.func(prototype);
  const name = /(\w+)\s*\(/.exec(prototype)?.[1] ?? prototype;
  return (...args) =>
    new Promise((resolve, reject) => {
      native.async(...args, (error: unknown, result: unknown) => {
        if (error) reject(error);
        else if (Number(result) === -1) reject(new SystemCallError(name, koffi.errno()));
        else resolve(Number(result));
      });
    });
}
