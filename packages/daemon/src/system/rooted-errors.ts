import { type ErrorCode, LodgeError } from "@lodge/api/errors";
import koffi from "koffi";
import { SystemCallError } from "./libc.ts";

const notFound = new Set(["ENOENT", "ENODEV"]);
const full = new Set(["ENOSPC", "EDQUOT"]);
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "is a directory",
  ELOOP: "too many symbolic links",
  EEXIST: "already exists",
  EXDEV: "lies in a mount that cannot be reached from outside (the instance has file systems of its own mounted)",
  ENOTEMPTY: "the directory is not empty",
  ENAMETOOLONG: "the name is too long",
  EACCES: "access denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  EBUSY: "is in use by the system (a mount point)",
  EINVAL: "not a valid name here",
  ENXIO: "is no regular file",
  ETXTBSY: "is a program that runs now",
};

/** The error of a system call or of Node as its errno's name. */
export function errnoName(error: unknown): string | undefined {
  if (error instanceof SystemCallError) {
    return Object.entries(koffi.os.errno).find(([, value]) => value === error.errno)?.[0];
  }
  return (error as NodeJS.ErrnoException).code;
}

/** What went wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  return reasons[errnoName(error) ?? ""] ?? (error as Error).message;
}

/** Makes a LodgeError of what went wrong with a file of an instance. */
export function fileError(instance: string, path: string, error: unknown): LodgeError {
  if (error instanceof LodgeError) return error;
  const name = errnoName(error);
  if (name !== undefined && full.has(name)) {
    return new LodgeError({ code: "pool_full", message: `No space is left for ${path} in ${instance}.`, cause: error });
  }
  const reason = name && reasons[name];
  const code: ErrorCode = notFound.has(name ?? "") ? "file_not_found" : reason ? "file_invalid" : "internal";
  return new LodgeError({
    code,
    message: `${path} in ${instance}: ${reason || (error as Error).message}.`,
    cause: error,
  });
}

export function fileInvalid(instance: string, path: string, reason: string): LodgeError {
  return new LodgeError({ code: "file_invalid", message: `${path} in ${instance} ${reason}.` });
}
