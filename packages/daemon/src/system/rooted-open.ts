/** Opening files beneath a directory that nobody in it is trusted with: no symlink, `..` or magic link leads out. */
import { closeSync, openSync } from "node:fs";
import koffi from "koffi";
import { declareAsync, SystemCallError } from "./libc.ts";

type OpenArguments = [number, number, Buffer, Buffer, number];
const prototype = "long syscall(long number, int dirfd, const void *path, void *how, size_t size)";
/** On a thread: a file system that a guest serves itself can let a call wait. */
const openat2 = declareAsync<OpenArguments>(prototype);
const SYS_openat2 = 437;
const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;
/** They differ between architectures, and Node has no constants for some. */
const arm = process.arch === "arm64";
export const O_PATH = 0x200000;
export const O_CLOEXEC = 0x80000;
export const O_DIRECTORY = arm ? 0x4000 : 0x10000;
export const O_NOFOLLOW = arm ? 0x8000 : 0x20000;

/** An open file or an O_PATH handle, named for Node by `/proc/self/fd/N`. */
export class Handle implements Disposable {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Stands for exactly this file as long as the handle is open, whatever becomes of its name. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }
  [Symbol.dispose]() {
    if (this.#open) closeSync(this.fd);
    this.#open = false;
  }
}

/** A directory that stands for `/`. */
export interface Root {
  readonly handle: Handle;
  /** Whether paths may lead into other mounts. */
  readonly crossMounts: boolean;
  /** Whether symlinks are followed, within the root; default true. */
  readonly symlinks?: boolean;
}

export function openRoot(path: string, crossMounts: boolean): Root {
  return { handle: new Handle(openSync(path, O_PATH | O_DIRECTORY)), crossMounts };
}

/** Opens `path` as seen from the root. Throws SystemCallError. */
export async function openInRoot(root: Root, path: string | Buffer, flags: number): Promise<Handle> {
  const [name, request] = [cString(path), how(root, flags)];
  for (let attempt = 0; ; attempt++) {
    try {
      return new Handle(await openat2(SYS_openat2, root.handle.fd, name, request, 24));
    } catch (error) {
      // The kernel could not be sure because something was renamed meanwhile.
      const again = error instanceof SystemCallError && error.errno === koffi.os.errno["EAGAIN"];
      if (!again || attempt >= 32) throw error;
    }
  }
}

function cString(path: string | Buffer): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.includes(0)) throw new Error("a path with a NUL byte");
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}

/** `struct open_how`. */
function how(root: Root, flags: number): Buffer {
  const mounts = root.crossMounts ? 0 : RESOLVE_NO_XDEV;
  const symlinks = root.symlinks === false ? RESOLVE_NO_SYMLINKS : 0;
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | mounts | symlinks;
  const buffer = Buffer.alloc(24);
  buffer.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  buffer.writeBigUInt64LE(BigInt(resolve), 16);
  return buffer;
}
