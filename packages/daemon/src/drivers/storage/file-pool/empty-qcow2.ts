/**
 * A qcow2 file without any data (docs/interop/qcow2.txt of QEMU): written here, because each launch of a VM needs one and qemu-img
 * takes longer for it than all else that a pool does.
 */
import { open } from "node:fs/promises";

/** 64 KiB, as qemu-img has it. */
const clusterBits = 16;
const cluster = 2 ** clusterBits;
/** Bytes of the disk that an entry of the table of first level stands for: a cluster full of entries of 8 bytes, a cluster each. */
const perEntry = (cluster / 8) * cluster;

const headerLength = 112;
const backingFormatExtension = 0xe2792aca;
const refcountTable = cluster;
const refcountBlock = 2 * cluster;
const firstTable = 3 * cluster;

export interface EmptyQcow2 {
  /** Bytes of the disk as a guest sees it; it has whole sectors of 512. */
  readonly virtualSize: number;
  /** Another qcow2 file, as it is to be named: at most 1023 bytes. Missing: it stands alone. */
  readonly backing?: string;
}

/** What of the file is not zeros, and how long it is. */
export function emptyQcow2({ virtualSize, backing = "" }: EmptyQcow2): { pieces: Piece[]; length: number } {
  const entries = Math.ceil(virtualSize / perEntry);
  const tableClusters = Math.max(1, Math.ceil((entries * 8) / cluster));
  const clusters = firstTable / cluster + tableClusters;
  const counts = Buffer.alloc(clusters * 2);
  for (let index = 0; index < clusters; index++) counts.writeUInt16BE(1, index * 2);
  const block = Buffer.alloc(8);
  block.writeBigUInt64BE(BigInt(refcountBlock));
  return {
    pieces: [
      { at: 0, bytes: head(virtualSize, entries, Buffer.from(backing)) },
      { at: refcountTable, bytes: block },
      { at: refcountBlock, bytes: counts },
    ],
    length: clusters * cluster,
  };
}

interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Version 3, with counts of 16 bits and no features; behind the header its extensions, then the name of what it stands on. */
function head(virtualSize: number, entries: number, backing: Buffer): Buffer {
  const extensions = backing.length > 0 ? extension(backingFormatExtension, Buffer.from("qcow2")) : Buffer.alloc(0);
  const header = Buffer.alloc(headerLength);
  header.write("QFI\xfb", 0, "latin1");
  header.writeUInt32BE(3, 4);
  if (backing.length > 0) {
    header.writeBigUInt64BE(BigInt(headerLength + extensions.length + 8), 8);
    header.writeUInt32BE(backing.length, 16);
  }
  header.writeUInt32BE(clusterBits, 20);
  header.writeBigUInt64BE(BigInt(Math.ceil(virtualSize / 512) * 512), 24);
  header.writeUInt32BE(entries, 36);
  header.writeBigUInt64BE(BigInt(firstTable), 40);
  header.writeBigUInt64BE(BigInt(refcountTable), 48);
  header.writeUInt32BE(1, 56);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(headerLength, 100);
  const end = Buffer.alloc(8);
  return Buffer.concat([header, extensions, end, backing]);
}

/** Padded to a multiple of 8 bytes. */
function extension(type: number, data: Buffer): Buffer {
  const whole = Buffer.alloc(8 + Math.ceil(data.length / 8) * 8);
  whole.writeUInt32BE(type, 0);
  whole.writeUInt32BE(data.length, 4);
  data.copy(whole, 8);
  return whole;
}

/** Makes the file, for root alone, and returns when it is on disk; there must be none. */
export async function writeEmptyQcow2(path: string, disk: EmptyQcow2): Promise<void> {
  const { pieces, length } = emptyQcow2(disk);
  await using file = await open(path, "wx", 0o600);
  await file.truncate(length);
  for (const { at, bytes } of pieces) await file.write(bytes, 0, bytes.length, at);
  await file.sync();
}
