/** Writes an increment of a disk over what that was: the pieces that come, and nothing between them. */
import type { OpenDisk } from "./open-disk.ts";
import type { DiskPiece } from "./sparse-entry.ts";

/** Bytes that are written at once, and how many writes are under way. */
const portion = 1 << 20;
const ahead = 4;
const zeros = Buffer.alloc(portion);

export async function receiveChanges(disk: OpenDisk, pieces: AsyncIterable<DiskPiece>): Promise<void> {
  const writing: Promise<void>[] = [];
  for await (const { start, bytes } of portionsOf(pieces)) {
    const written = bytes.equals(zeros.subarray(0, bytes.length))
      ? disk.writeZeroes(start, bytes.length)
      : disk.write(start, bytes);
    // Whoever awaits it comes later; until then a failure is not "unhandled".
    written.catch(() => undefined);
    writing.push(written);
    if (writing.length > ahead) await writing.shift();
  }
  await Promise.all(writing);
  await disk.flush();
}

/** The same bytes: neighbours together, none longer than a portion nor across where one begins on the disk. */
export async function* portionsOf(pieces: AsyncIterable<DiskPiece>): AsyncGenerator<DiskPiece, void> {
  let start = 0;
  let held: Buffer[] = [];
  let length = 0;
  const take = (): DiskPiece => {
    const taken = { start, bytes: Buffer.concat(held) };
    [held, length] = [[], 0];
    return taken;
  };
  for await (const piece of pieces) {
    for (let used = 0; used < piece.bytes.length; ) {
      const at = piece.start + used;
      if (length > 0 && at !== start + length) yield take();
      if (length === 0) start = at;
      const part = piece.bytes.subarray(used, used + portion - (at % portion));
      held.push(part);
      length += part.length;
      used += part.length;
      if ((start + length) % portion === 0) yield take();
    }
  }
  if (length > 0) yield take();
}
