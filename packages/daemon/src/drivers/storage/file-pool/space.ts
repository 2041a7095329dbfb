/** Room in the pool: asked for before something large is written, and noticed when it ends in the middle. */
import { statfs } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { PoolUsage } from "@lodge/core";

export async function poolUsage(directory: string): Promise<PoolUsage> {
  const { bsize, blocks, bfree, files, ffree } = await statfs(directory);
  return { used: (blocks - bfree) * bsize, total: blocks * bsize, inodesUsed: files - ffree, inodesTotal: files };
}

/** Throws `pool_full` unless the file system has this many bytes left. */
export async function requireSpace(directory: string, bytes: number, what: string): Promise<void> {
  const { bsize, bavail } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  throw new LodgeError({
    code: "pool_full",
    message: `${what} needs about ${mebibytes(bytes)} in ${directory}, where ${mebibytes(bavail * bsize)} are free: delete instances or images.`,
  });
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}

/** Makes `pool_full` of a failure for lack of space, whoever reports it; other errors stay as they are. */
export function asSpaceError(error: unknown, what: string): unknown {
  const { message, code } = error as { message?: string; code?: string };
  if (code !== "ENOSPC" && code !== "EDQUOT" && !/No space left on device|Disk quota exceeded/i.test(message ?? ""))
    return error;
  return new LodgeError({
    code: "pool_full",
    message: `${what}: the pool's file system ran full; what had been written was removed. Delete instances or images and try again.`,
    cause: error,
  });
}
