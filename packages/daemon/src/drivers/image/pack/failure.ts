import { LodgeError } from "@lodge/api/errors";

/** Of what a tool said when it could not make an image of an instance. Pure. */
export function packFailure(words: string, cause?: unknown): LodgeError {
  const full = /No room|No space left on device|Disk quota exceeded/i.test(words);
  return new LodgeError({
    code: full ? "pool_full" : "pool_failed",
    message: `The instance cannot be packed: ${words}. What had been written was removed.`,
    cause,
  });
}
