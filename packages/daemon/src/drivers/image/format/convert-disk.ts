/** Makes a qcow2 of another disk. The header was checked before: the tool finds no other file in it to open. */
import { chmod, open, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { ImageDiskFormat } from "@lodge/core";
import { refuse } from "./refuse.ts";
import { givenFile, nobodyId, outputUnprivileged, percentOf, resultFile } from "./unprivileged.ts";

/** A disk of less than this may be all data, however well it was compressed. */
const alwaysAllowed = 2 ** 30;
const mostExpansion = 200;

/** Writes `target`, which is not there yet, and removes it when that fails. `percent`: 0 to 100. */
export async function convertDisk(
  source: string,
  format: ImageDiskFormat,
  target: string,
  progress: (percent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(source, "r");
  const { size } = await stat(source);
  const room = await freeBytes(dirname(target));
  const most = Math.max(alwaysAllowed, size * mostExpansion);
  try {
    await using result = await open(target, "wx", 0o600);
    await result.chown(nobodyId, nobodyId);
    // In order and one at a time: the same disk gives the same file.
    const command = ["qemu-img", "convert", "-p", "-m", "1", "-f", format, "-O", "qcow2"] as const;
    const onLine = (line: string) => {
      const percent = percentOf(line);
      if (percent !== undefined) progress(percent);
    };
    const beyond = room < most ? full(dirname(target)) : refuse("it unpacks to far more than its size explains");
    const writing = { result, most: Math.min(most, room), beyond };
    await outputUnprivileged(file, [...command, givenFile, resultFile], signal, onLine, { writing });
    await result.chown(0, 0);
    await chmod(target, 0o644);
  } catch (error) {
    await rm(target, { force: true });
    throw isFull(error) ? full(dirname(target), error) : error;
  }
}

async function freeBytes(directory: string): Promise<number> {
  const { bsize, bavail } = await statfs(directory);
  return bsize * bavail;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && /No space left on device|Disk quota exceeded/.test(error.message);
}

function full(directory: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "pool_full",
    message: `The disk does not fit on the file system of ${directory}; what had been written was removed. Free some space and try again.`,
    cause,
  });
}
