import { LodgeError } from "@lodge/api/errors";

/** Of a backup that is read. Nothing of a refused one is kept. */
export function refuse(why: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "backup_invalid", message: `The backup is refused: ${why}. Nothing was kept.`, cause });
}

/** Of what a tool said that could not read an instance. */
export function readFailure(words: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `The instance cannot be exported: ${words}.`, cause });
}

/** Of what a tool said that could not write an instance. */
export function writeFailure(words: string, cause?: unknown): LodgeError {
  const full = /No space left on device|Disk quota exceeded/i.test(words);
  return new LodgeError({
    code: full ? "pool_full" : "pool_failed",
    message: full
      ? "The backup does not fit into the storage pool; what had been written was removed. Delete instances or images and try again."
      : `The backup cannot be imported: ${words}. What had been written was removed.`,
    cause,
  });
}
