/** Makes an error of what a build tool printed last. Pure. */
import { LodgeError } from "@lodge/api/errors";

const unreachable =
  /Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|Connection (?:failed|refused|timed out)|connection timed out|Network is unreachable|does not have a Release file|Failed to fetch|Some index files failed to download/;
const full = /No space left on device|not enough free space|Could not allocate block/;

/** `mirror_unreachable`, `pool_full` or `image_build_failed`, with the last lines. */
export function buildFailure(step: string, lastLines: readonly string[], cause?: unknown): LodgeError {
  const text = lastLines.join("\n").trim();
  if (full.test(text)) {
    return new LodgeError({
      code: "pool_full",
      message: `${step}: the file system of the build is full; free some space and build again.\n${text}`,
      cause,
    });
  }
  if (unreachable.test(text)) {
    return new LodgeError({
      code: "mirror_unreachable",
      message: `${step}: the mirror does not answer or lacks the suite; check network, proxy and the definition's mirror.\n${text}`,
      cause,
    });
  }
  return new LodgeError({ code: "image_build_failed", message: `${step} failed:\n${text}`, cause });
}
