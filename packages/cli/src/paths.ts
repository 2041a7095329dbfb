import { posix } from "node:path";
import { LodgeError } from "@lodge/api/errors";

/** A path inside an instance. */
export interface GuestPath {
  readonly instance: string;
  /** Absolute and normal: no `.` and `..`. */
  readonly path: string;
  /** Written with a slash at its end: a directory is meant. */
  readonly directory: boolean;
}

/** Reads `INSTANCE/path`, where the path begins at the instance's root. */
export function parseGuestPath(text: string): GuestPath {
  const slash = text.indexOf("/");
  if (slash < 1) {
    throw new LodgeError({
      code: "file_invalid",
      message: `"${text}" is no path inside an instance; write INSTANCE/path, such as web/etc/hosts.`,
    });
  }
  const path = posix.normalize(text.slice(slash)).replace(/(.)\/$/, "$1");
  return { instance: text.slice(0, slash), path, directory: /\/\.{0,2}$/.test(text) };
}

/** The last path is the target, those before it are the sources. */
export function splitPaths(paths: readonly string[]): readonly [sources: readonly string[], target: string] {
  const target = paths.at(-1);
  if (target !== undefined && paths.length > 1) return [paths.slice(0, -1), target];
  throw new LodgeError({
    code: "request_invalid",
    message: "A target is missing: give one or more sources, then the target.",
  });
}
