/** Writes a disk that comes as a stream over one that is there: only what differs, so that what they share goes on being shared. */
import { type Extent, withinExtents } from "./extents.ts";
import type { OpenDisk } from "./open-disk.ts";
import type { DiskPiece } from "./sparse-entry.ts";

/** Bytes that are compared and written at once; of the disk's clusters in between. */
const windowSize = 1 << 20;
const cluster = 1 << 16;
/** Windows under way. */
const ahead = 4;

/** What is written to, and which parts of it hold something already. */
export interface DiskToWrite {
  readonly disk: OpenDisk;
  readonly extents: readonly Extent[];
}

/** Makes the disk hold the pieces, and zeros elsewhere. */
export async function receiveDisk(target: DiskToWrite, pieces: AsyncIterable<DiskPiece>): Promise<void> {
  const writing: Promise<void>[] = [];
  const write = async (window: Window) => {
    const written = writeWindow(target, window);
    written.catch(() => undefined);
    writing.push(written);
    if (writing.length > ahead) await writing.shift();
  };
  let end = 0;
  for await (const window of windowsOf(pieces, target.disk.size)) {
    await clear(target, { start: end, end: window.start });
    await write(window);
    end = window.start + window.bytes.length;
  }
  await Promise.all(writing);
  await clear(target, { start: end, end: target.disk.size });
  await target.disk.flush();
}

/** A part of the disk, as it shall be; its start is a multiple of `windowSize`. */
interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Windows in which something lies. */
export async function* windowsOf(pieces: AsyncIterable<DiskPiece>, size: number): AsyncGenerator<Window, void> {
  let window: Window | undefined;
  for await (const piece of pieces) {
    for (let used = 0; used < piece.bytes.length; ) {
      const at = piece.start + used;
      const start = at - (at % windowSize);
      if (window?.start !== start) {
        if (window) yield window;
        window = { start, bytes: Buffer.alloc(Math.min(windowSize, size - start)) };
      }
      used += piece.bytes.copy(window.bytes, at - start, used);
    }
  }
  if (window) yield window;
}

const zeros = Buffer.alloc(windowSize);

/** Makes zeros of what holds something. */
async function clear({ disk, extents }: DiskToWrite, range: Extent): Promise<void> {
  for (const { start, end } of withinExtents(extents, range)) {
    for (let at = start; at < end; at += 1 << 30) await disk.writeZeroes(at, Math.min(1 << 30, end - at));
  }
}

async function writeWindow({ disk, extents }: DiskToWrite, { start, bytes }: Window): Promise<void> {
  const held = withinExtents(extents, { start, end: start + bytes.length }).length > 0;
  const present = held ? Buffer.allocUnsafe(bytes.length) : zeros.subarray(0, bytes.length);
  if (held) await disk.read(start, present);
  for (const { start: from, end } of differences(bytes, present))
    await disk.write(start + from, bytes.subarray(from, end));
}

/** The clusters that differ, neighbours together. */
export function differences(bytes: Buffer, present: Buffer): Extent[] {
  const found: Extent[] = [];
  for (let start = 0; start < bytes.length; start += cluster) {
    const end = Math.min(start + cluster, bytes.length);
    if (bytes.compare(present, start, end, start, end) === 0) continue;
    const last = found.at(-1);
    if (last?.end === start) found[found.length - 1] = { start: last.start, end };
    else found.push({ start, end });
  }
  return found;
}
