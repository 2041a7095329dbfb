/** What a qcow2 file says of itself in its header (docs/interop/qcow2.txt of QEMU): read here, because qemu-img would take longer than a start. */
import { open } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";

export interface Qcow2Header {
  /** Bytes of the disk as a guest sees it. */
  readonly virtualSize: number;
  /** As it is written there: relative to the file's directory. Missing: it stands alone. */
  readonly backing?: string;
  /** Whether its data lie in another file. */
  readonly externalData: boolean;
  /** Nothing was ever written to it. */
  readonly empty: boolean;
}

const magic = 0x514649fb;
const headerBytes = 104;
/** QEMU's own bound of the table of first level: a disk of 2 EiB with clusters of 64 KiB. */
const largestTable = 32 * 2 ** 20;
const longestBacking = 1023;
const corruptBit = 1n << 1n;
const externalDataBit = 1n << 2n;

export async function readQcow2Header(path: string): Promise<Qcow2Header> {
  await using file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? damaged(path, "it is gone", error) : error;
  });
  const { size } = await file.stat();
  const read = async (length: number, position: number, longest: number) => {
    if (length > longest || position + length > size) throw damaged(path, "its header names what cannot be in it");
    return (await file.read(Buffer.alloc(length), 0, length, position)).buffer;
  };
  if (size < headerBytes) throw damaged(path, `it has ${size} bytes`);
  const head = await read(headerBytes, 0, headerBytes);
  const version = head.readUInt32BE(4);
  if (head.readUInt32BE(0) !== magic || version < 2 || version > 3) throw damaged(path, "it does not begin as a qcow2");
  const backingLength = head.readUInt32BE(16);
  const backing = await read(backingLength, Number(head.readBigUInt64BE(8)), longestBacking);
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n;
  if ((features & corruptBit) !== 0n) throw damaged(path, "QEMU found its tables to contradict each other");
  // The table of first level: one entry for each table of second level that was ever allocated.
  const table = await read(head.readUInt32BE(36) * 8, Number(head.readBigUInt64BE(40)), largestTable);
  return {
    virtualSize: Number(head.readBigUInt64BE(24)),
    ...(backingLength > 0 && { backing: backing.toString("utf8") }),
    externalData: (features & externalDataBit) !== 0n,
    empty: table.every((byte) => byte === 0),
  };
}

function damaged(path: string, how: string, cause?: unknown): LodgeError {
  const help = "Go back to a snapshot or a backup of before, or delete what stands on it.";
  return new LodgeError({ code: "disk_damaged", message: `The disk ${path} is damaged: ${how}. ${help}`, cause });
}
