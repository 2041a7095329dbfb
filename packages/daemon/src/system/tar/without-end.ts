/** Takes an archive's end off, so that others can be put behind it. */

import { parsePax } from "./pax.ts";
import type { DamageError } from "./read-tar.ts";
import { blockSize, isZeroBlock, paddedSize, parseBlock } from "./tar-block.ts";

/** The archive's blocks up to the zeros that end it; a piece of `source` may become another when the next is asked for. Looks at headers alone: contents pass as they come. */
export async function* withoutEnd(source: AsyncIterable<Buffer>, damage: DamageError): AsyncGenerator<Buffer, void> {
  /** Bytes until the next header. */
  let skip = 0;
  /** Of the next entry, where its block cannot hold it. */
  let size: number | undefined;
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  for await (const piece of source) {
    // What fills the last record up is read to its end: its writer waits for that.
    if (ended) continue;
    const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
    let at = Math.min(skip, bytes.length);
    skip -= at;
    while (skip === 0 && !ended && bytes.length - at >= blockSize) {
      const block = bytes.subarray(at, at + blockSize);
      ended = isZeroBlock(block);
      if (ended) break;
      const header = parseBlock(block);
      if (!header) throw damage("what was written is damaged");
      const content = paddedSize(size ?? header.size);
      if (header.kind === "x") {
        // Its content is needed whole.
        if (bytes.length - at < blockSize + content) break;
        const said = parsePax(bytes.subarray(at + blockSize, at + blockSize + header.size))?.get("size");
        size = said === undefined ? undefined : Number(said);
      } else size = undefined;
      const next = Math.min(at + blockSize + content, bytes.length);
      skip = at + blockSize + content - next;
      at = next;
    }
    if (at > 0) yield bytes.subarray(0, at);
    held = Buffer.from(bytes.subarray(at));
  }
  if (!ended) throw damage("what was written has no end");
}
