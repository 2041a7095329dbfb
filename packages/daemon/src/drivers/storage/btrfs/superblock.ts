/** The label of a btrfs, read from its first superblock. */
import { open } from "node:fs/promises";

const superblockAt = 0x10000;
const magicAt = 0x40;
const labelAt = 0x12b;
const labelBytes = 0x100;

/** Undefined for what is no superblock of btrfs. */
export function labelOf(superblock: Buffer): string | undefined {
  if (superblock.toString("latin1", magicAt, magicAt + 8) !== "_BHRfS_M") return undefined;
  const label = superblock.subarray(labelAt, labelAt + labelBytes);
  const end = label.indexOf(0);
  return label.toString("utf8", 0, end < 0 ? labelBytes : end);
}

/** Of a device or a file. */
export async function readLabel(path: string): Promise<string | undefined> {
  await using file = await open(path, "r");
  const { buffer } = await file.read(Buffer.alloc(4096), 0, 4096, superblockAt);
  return labelOf(buffer);
}
