import { LodgeError } from "@lodge/api/errors";

/** Nothing of a refused image is kept. */
export function refuse(why: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "image_invalid", message: `The image is refused: ${why}.`, cause });
}
