/**
 * Checks the header of a Hyper-V disk before any tool opens it: it may not stand on a parent. Fields by Microsoft's MS-VHDX;
 * all numbers are little-endian.
 */
import { checkDiskSize } from "./disk-size.ts";
import { type ReadAt, readWhole } from "./read-at.ts";
import { refuse } from "./refuse.ts";

/** The region table and its copy. */
const regionTables = [192 * 1024, 256 * 1024];
const tableLength = 64 * 1024;
const entryLength = 32;
const mostEntries = 2047;
const metadataRegion = guid("8b7ca206-4790-4b9a-b8fe-575f050f886e");
const fileParameters = guid("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
const virtualDiskSize = guid("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
const parentLocator = guid("a8d35f2d-b30b-454d-abf7-d3d84834ab0c");

export async function checkVhdx(read: ReadAt): Promise<void> {
  const identifier = await readWhole(read, 0, 8);
  if (identifier.toString("latin1") !== "vhdxfile") throw refuse("its disk is no vhdx");
  let tables = 0;
  for (const position of regionTables) {
    const table = await read(position, tableLength);
    if (table.toString("latin1", 0, 4) !== "regi") continue;
    tables++;
    await checkMetadata(read, metadataOffset(table));
  }
  if (tables === 0) throw refuse("its disk has no region table");
}

function metadataOffset(table: Buffer): bigint {
  if (table.length < tableLength) throw refuse("its disk is cut off");
  const entry = entries(table, table.readUInt32LE(8), 16).find((each) => startsWith(each, metadataRegion));
  if (!entry) throw refuse("its disk has no metadata");
  return entry.readBigUInt64LE(16);
}

async function checkMetadata(read: ReadAt, offset: bigint): Promise<void> {
  const table = await readWhole(read, offset, tableLength);
  if (table.toString("latin1", 0, 8) !== "metadata") throw refuse("its disk has no metadata");
  const items = entries(table, table.readUInt16LE(10), 32);
  const content = (id: Buffer, length: number) => {
    const item = items.find((each) => startsWith(each, id));
    if (!item) throw refuse("its disk's metadata are not whole");
    return readWhole(read, offset + BigInt(item.readUInt32LE(16)), length);
  };
  const hasParent = ((await content(fileParameters, 8)).readUInt32LE(4) & 0b10) !== 0;
  if (hasParent || items.some((item) => startsWith(item, parentLocator)))
    throw refuse("its disk needs another file (it is a differencing disk)");
  checkDiskSize((await content(virtualDiskSize, 8)).readBigUInt64LE(0));
}

function entries(table: Buffer, count: number, start: number): Buffer[] {
  if (count > mostEntries) throw refuse("its disk has too many regions or metadata");
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * entryLength;
    return table.subarray(at, at + entryLength);
  }).filter((entry) => entry.length === entryLength);
}

function startsWith(entry: Buffer, id: Buffer): boolean {
  return entry.subarray(0, id.length).equals(id);
}

/** As it lies on disk: the first three numbers are little-endian. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll("-", ""), "hex");
  return Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8),
  ]);
}
