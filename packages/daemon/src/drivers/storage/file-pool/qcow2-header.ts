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
const longestBacking = 1023;
const externalDataBit = 1n << 2n;

export async function readQcow2Header(path: string): Promise<Qcow2Header> {
  await using file = await open(path, "r");
  const read = async (length: number, position: number) =>
    (await file.read(Buffer.alloc(length), 0, length, position)).buffer;
  const head = await read(104, 0);
  if (head.readUInt32BE(0) !== magic) throw damaged(path, "is no qcow2 disk any more");
  const backingLength = head.readUInt32BE(16);
  if (backingLength > longestBacking) throw damaged(path, "has a damaged header");
  const backing = await read(backingLength, Number(head.readBigUInt64BE(8)));
  const features = head.readUInt32BE(4) >= 3 ? head.readBigUInt64BE(72) : 0n;
  // The table of first level: one entry for each table of second level that was ever allocated.
  const table = await read(head.readUInt32BE(36) * 8, Number(head.readBigUInt64BE(40)));
  return {
    virtualSize: Number(head.readBigUInt64BE(24)),
    ...(backingLength > 0 && { backing: backing.toString("utf8") }),
    externalData: (features & externalDataBit) !== 0n,
    empty: table.every((byte) => byte === 0),
  };
}

function damaged(path: string, how: string): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `${path} ${how}.` });
}
