import { LodgeError } from "@lodge/api/errors";

/** Of a device that could not be added or taken away. */
export function plugFailed(what: string, problem: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "device_plug_failed", message: `${what}: ${problem}.`, cause });
}

/** Turns QEMU's refusal into ours. */
export function asPlugFailure(what: string, error: unknown): LodgeError {
  if (error instanceof LodgeError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return plugFailed(what, words.replace(/\.$/, ""), error);
}
