/** A disk's bytes out of an archive's entry, which may leave out what is zeros. */
import type { DamageError, ReadEntry } from "../../../system/tar/read-tar.ts";
import { blockSize } from "../../../system/tar/tar-block.ts";
import type { TarHeader } from "../../../system/tar/tar-header.ts";
import type { Extent } from "./extents.ts";

export interface DiskPiece {
  /** Where in the disk. */
  readonly start: number;
  readonly bytes: Buffer;
}

/** Bytes of a map, at most: a hundred thousand parts and more. */
const longestMap = 64 << 20;

/** What the file is called; a sparse one has a stand-in for a name. */
export function entryName({ name, pax }: TarHeader): string {
  return pax.get("GNU.sparse.name") ?? name;
}

/** Bytes of the file when it is unpacked. */
export function entrySize({ size, pax }: TarHeader, damage: DamageError): number {
  const real = pax.get("GNU.sparse.realsize");
  if (real === undefined) return size;
  const known = pax.get("GNU.sparse.major") === "1" && pax.get("GNU.sparse.minor") === "0";
  if (!known || !/^\d{1,15}$/.test(real)) throw damage("a sparse file in it is of an unknown kind");
  return Number(real);
}

/** In the order in which they lie on the disk. */
export async function* diskPieces(entry: ReadEntry, damage: DamageError): AsyncGenerator<DiskPiece, void> {
  const size = entrySize(entry.header, damage);
  const source = entry.pieces();
  const sparse = entry.header.pax.has("GNU.sparse.realsize");
  const { extents, rest } = sparse
    ? await readMap(source, size, damage)
    : { extents: [{ start: 0, end: size }], rest: Buffer.alloc(0) };
  const left = extents.values();
  let { value: extent } = left.next();
  let at = extent?.start ?? 0;
  async function* bytes() {
    yield rest;
    yield* source;
  }
  for await (const piece of bytes()) {
    for (let used = 0; used < piece.length; ) {
      while (extent && at >= extent.end) {
        ({ value: extent } = left.next());
        at = extent?.start ?? 0;
      }
      if (!extent) throw damage("a sparse file in it is longer than its map says");
      const part = piece.subarray(used, used + extent.end - at);
      yield { start: at, bytes: part };
      used += part.length;
      at += part.length;
    }
  }
}

/** The map, and what of the content has been read with it. */
async function readMap(
  source: AsyncGenerator<Buffer, void>,
  size: number,
  damage: DamageError,
): Promise<{ extents: Extent[]; rest: Buffer }> {
  const strange = () => damage("the map of a sparse file in it is damaged");
  let text: Buffer = Buffer.alloc(0);
  let lines: number | undefined;
  let seen = 0;
  let scanned = 0;
  while (lines === undefined || seen < lines) {
    const { value, done } = await source.next();
    if (done || text.length > longestMap) throw strange();
    text = Buffer.concat([text, value]);
    for (let end = text.indexOf(10, scanned); end >= 0; end = text.indexOf(10, scanned)) {
      if (lines === undefined) lines = 1 + 2 * decimal(text.toString("latin1", 0, end), strange);
      scanned = end + 1;
      seen += 1;
      if (seen === lines) break;
    }
  }
  const numbers = text.toString("latin1", 0, scanned).split("\n").slice(1, -1);
  const extents: Extent[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    const start = decimal(numbers[index] ?? "", strange);
    const end = start + decimal(numbers[index + 1] ?? "", strange);
    if (start < (extents.at(-1)?.end ?? 0) || end > size) throw strange();
    extents.push({ start, end });
  }
  const whole = Math.ceil(scanned / blockSize) * blockSize;
  while (text.length < whole) {
    const { value, done } = await source.next();
    if (done) throw strange();
    text = Buffer.concat([text, value]);
  }
  return { extents: extents.filter(({ start, end }) => end > start), rest: text.subarray(whole) };
}

function decimal(text: string, strange: () => Error): number {
  if (!/^\d{1,15}$/.test(text)) throw strange();
  return Number(text);
}
