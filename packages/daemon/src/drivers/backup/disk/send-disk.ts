/** A disk as a file in an archive: its raw bytes, of which those that are zeros are left out (sparse file in pax, GNU's format 1.0). */
import { blockSize } from "../../../system/tar/tar-block.ts";
import { encodeHeader, padding, type TarHeader } from "../../../system/tar/tar-header.ts";
import type { Extent } from "./extents.ts";
import type { OpenDisk } from "./open-disk.ts";

/** Bytes that are asked for at once, and how often before the first have come. */
const portion = 1 << 20;
const ahead = 4;

export interface DiskToSend {
  readonly disk: OpenDisk;
  /** Of the entry. */
  readonly name: string;
  /** What of it is sent. */
  readonly extents: readonly Extent[];
}

/** The entry, header and all. */
export async function* sendDisk({ disk, name, extents }: DiskToSend): AsyncGenerator<Buffer, void> {
  const map = sparseMap(extents, disk.size);
  const size = extents.reduce((sum, { start, end }) => sum + end - start, map.length);
  yield encodeHeader(sparseHeader(name, size, disk.size));
  yield map;
  yield* contentOf(disk, extents);
  yield padding(size);
}

function sparseHeader(name: string, size: number, realSize: number): TarHeader {
  const pax = new Map([
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", name],
    ["GNU.sparse.realsize", String(realSize)],
  ]);
  const placeholder = name.replace(/[^/]*$/, (last) => `GNUSparseFile.0/${last}`);
  return {
    name: placeholder,
    kind: "0",
    size,
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: 0,
    target: "",
    major: 0,
    minor: 0,
    pax,
  };
}

/** How many parts there are, and where each begins and how long it is: decimal, in lines, in whole blocks. The last marks the end. */
function sparseMap(extents: readonly Extent[], size: number): Buffer {
  const parts = [...extents.map(({ start, end }) => [start, end - start]), [size, 0]];
  const text = Buffer.from(`${parts.length}\n${parts.flat().join("\n")}\n`);
  return Buffer.concat([text, Buffer.alloc((blockSize - (text.length % blockSize)) % blockSize)]);
}

/** A piece is what it is until the next is asked for. */
async function* contentOf(disk: OpenDisk, extents: readonly Extent[]): AsyncGenerator<Buffer, void> {
  const free: Buffer[] = [];
  const asked: { readonly piece: Buffer; readonly buffer: Buffer; readonly answer: Promise<void> }[] = [];
  for (const { start, end } of portions(extents)) {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(portion);
    const piece = buffer.subarray(0, end - start);
    const answer = disk.read(start, piece);
    // Whoever awaits it comes later; until then a failure is not "unhandled".
    answer.catch(() => undefined);
    asked.push({ piece, buffer, answer });
    const first = asked.length > ahead ? asked.shift() : undefined;
    if (!first) continue;
    await first.answer;
    yield first.piece;
    free.push(first.buffer);
  }
  for (const { piece, answer } of asked) {
    await answer;
    yield piece;
  }
}

function* portions(extents: readonly Extent[]): Generator<Extent, void> {
  for (const { start, end } of extents) {
    for (let at = start; at < end; at += portion) yield { start: at, end: Math.min(at + portion, end) };
  }
}
