/** Reads GUID partition tables (UEFI specification, chapter 5) of disks with 512-byte sectors. */
import { crc32 } from "node:zlib";

export const sectorSize = 512;

/** How many bytes from the start of a disk `parseGpt` must be given. */
export const gptBytes = 1024 * 1024;

export interface Partition {
  /** From 1. */
  readonly number: number;
  readonly name: string;
  /** GUID of its type, lower case. */
  readonly type: string;
  /** Bytes. */
  readonly start: number;
  readonly length: number;
}

/** The partitions that a disk's primary table names; undefined when the disk has no intact table. */
export function parseGpt(disk: Buffer): Partition[] | undefined {
  const header = disk.subarray(sectorSize, 2 * sectorSize);
  if (header.length < sectorSize || header.toString("latin1", 0, 8) !== "EFI PART") return undefined;
  if (!headerIsIntact(header)) return undefined;
  const [count, size] = [header.readUInt32LE(80), header.readUInt32LE(84)];
  const start = Number(header.readBigUInt64LE(72)) * sectorSize;
  if (size < 128 || size % 8 !== 0 || count > 1024 || start + count * size > disk.length) return undefined;
  const entries = disk.subarray(start, start + count * size);
  if (crc32(entries) !== header.readUInt32LE(88)) return undefined;
  const partitions: Partition[] = [];
  for (let index = 0; index < count; index++) {
    const partition = parseEntry(index + 1, entries.subarray(index * size, (index + 1) * size));
    if (partition) partitions.push(partition);
  }
  return partitions;
}

function headerIsIntact(header: Buffer): boolean {
  const size = header.readUInt32LE(12);
  if (size < 92 || size > sectorSize) return false;
  const zeroed = Buffer.from(header.subarray(0, size));
  zeroed.writeUInt32LE(0, 16);
  return crc32(zeroed) === header.readUInt32LE(16);
}

function parseEntry(number: number, entry: Buffer): Partition | undefined {
  const type = guid(entry.subarray(0, 16));
  if (type === "00000000-0000-0000-0000-000000000000") return undefined;
  const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
  if (last < first || !Number.isSafeInteger(last * sectorSize)) return undefined;
  const name = entry.toString("utf16le", 56, 128).replace(/\0.*$/s, "");
  return { number, name, type, start: first * sectorSize, length: (last - first + 1) * sectorSize };
}

/** The first three fields are little-endian. */
function guid(bytes: Buffer): string {
  const hex = (from: number, to: number, reverse: boolean) => {
    const part = Buffer.from(bytes.subarray(from, to));
    return (reverse ? part.reverse() : part).toString("hex");
  };
  return [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)].join("-");
}
