/** Extended attributes (xattr(7)), by libc: `getfattr` and `setfattr` are not on every host. A symbolic link is not followed. */
import koffi from "koffi";
import { declare, SystemCallError } from "./libc.ts";

/** A path as text, or its bytes: a guest's names need not be text. */
export type FilePath = string | Buffer;
/** Bytes end with a zero. */
type CPath = string | Buffer;

const llistxattr = declare<[CPath, Buffer, number]>("long llistxattr(const char *path, void *list, size_t size)");
const lgetxattr = declare<[CPath, string, Buffer, number]>(
  "long lgetxattr(const char *path, const char *name, void *value, size_t size)",
);
const lsetxattr = declare<[CPath, string, Buffer, number, number]>(
  "int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)",
);

/** What the kernel allows at most, of names and of a value. */
const largest = 65_536;

/** All that the file has, by name; none where its file system has no such attributes. */
export function readAttributes(path: FilePath): ReadonlyMap<string, Buffer> {
  const names = Buffer.alloc(largest);
  try {
    const listed = names
      .toString("latin1", 0, llistxattr(asC(path), names, largest))
      .split("\0")
      .filter(Boolean);
    return new Map(listed.map((name) => [name, readAttribute(path, name) ?? Buffer.alloc(0)]));
  } catch (error) {
    if (isErrno(error, "EOPNOTSUPP")) return new Map();
    throw error;
  }
}

/** Undefined where the file has none of that name. */
export function readAttribute(path: FilePath, name: string): Buffer | undefined {
  const value = Buffer.alloc(largest);
  try {
    return value.subarray(0, lgetxattr(asC(path), name, value, largest));
  } catch (error) {
    if (isErrno(error, "ENODATA")) return undefined;
    throw error;
  }
}

export function writeAttribute(path: FilePath, name: string, value: Buffer): void {
  lsetxattr(asC(path), name, value, value.length, 0);
}

function asC(path: FilePath): CPath {
  return typeof path === "string" ? path : Buffer.concat([path, Buffer.alloc(1)]);
}

function isErrno(error: unknown, name: string): boolean {
  return error instanceof SystemCallError && error.errno === koffi.os.errno[name];
}
