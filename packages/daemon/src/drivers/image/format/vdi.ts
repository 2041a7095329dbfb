/** Checks the header of a VirtualBox disk before any tool opens it: it may not stand on a parent. Numbers are little-endian. */
import { checkDiskSize } from "./disk-size.ts";
import { type ReadAt, readWhole } from "./read-at.ts";
import { refuse } from "./refuse.ts";

const headerLength = 512;
const dynamic = 1;
const preallocated = 2;
/** Identifiers of the disks that this one is a child of: all zeros where there are none. */
const links = { start: 0x1a8, end: 0x1c8 };

export async function checkVdi(read: ReadAt, fileSize: number): Promise<void> {
  const header = await readWhole(read, 0, headerLength);
  if (header.readUInt32LE(0x40) !== 0xbeda107f || header.readUInt16LE(0x46) !== 1)
    throw refuse("its disk is no vdi of version 1");
  const type = header.readUInt32LE(0x4c);
  const alone = header.subarray(links.start, links.end).every((byte) => byte === 0);
  if ((type !== dynamic && type !== preallocated) || !alone)
    throw refuse("its disk needs another file (it is a differencing disk)");
  checkDiskSize(header.readBigUInt64LE(0x170));
  // Readers take what lies behind the file's end for zeros.
  const data = header.readUInt32LE(0x158);
  const [blockSize, allocated] = [header.readUInt32LE(0x178), header.readUInt32LE(0x184)];
  if (data + blockSize * allocated > fileSize) throw refuse("its disk is cut off");
}
