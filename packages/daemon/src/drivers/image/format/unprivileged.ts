/** What strangers' images are read by: a failure is theirs. */
import type { FileHandle } from "node:fs/promises";
import * as unprivileged from "../../../system/unprivileged.ts";
import { refuse } from "./refuse.ts";

export { givenFile, nobodyId, percentOf, resultFile } from "../../../system/unprivileged.ts";

/** Without a `failure`: `image_invalid`. */
type Options = Partial<unprivileged.ReadOptions>;
type Command = readonly [string, ...string[]];

export function readUnprivileged(file: FileHandle, command: Command, signal: AbortSignal): unprivileged.Reading {
  return unprivileged.readUnprivileged(file, command, signal, { failure: refuse });
}

export function outputUnprivileged(
  file: FileHandle,
  command: Command,
  signal: AbortSignal,
  onLine: (line: string) => void,
  options: Options = {},
): Promise<void> {
  return unprivileged.outputUnprivileged(file, command, signal, onLine, { failure: refuse, ...options });
}
