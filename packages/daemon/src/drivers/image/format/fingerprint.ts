import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 over the concatenation of files, as LXD computes an image's fingerprint, and their size together. */
export async function fingerprintOf(
  files: readonly string[],
  signal: AbortSignal,
): Promise<{ fingerprint: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for (const file of files) {
    for await (const chunk of createReadStream(file, { signal, highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      size += chunk.length;
    }
  }
  return { fingerprint: hash.digest("hex"), size };
}
