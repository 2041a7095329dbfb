/** Tells whether a file is a disk, bit by bit: by its partition table or by its file system. Pure. */

const fileSystems: ReadonlyArray<readonly [bytes: string, offset: number]> = [
  ["\x53\xef", 0x438], // ext2, ext3, ext4
  ["XFSB", 0],
  ["_BHRfS_M", 0x10040], // btrfs
  ["LABELONE", 512], // LVM
  ["NTFS    ", 3],
  ["EXFAT   ", 3],
  ["FAT", 54],
  ["FAT32", 82],
];

export function isRawDisk(head: Buffer): boolean {
  if (hasPartitions(head)) return true;
  return fileSystems.some(([bytes, offset]) => head.toString("latin1", offset, offset + bytes.length) === bytes);
}

const tableOffset = 446;
const entryLength = 16;

/** A master boot record with partitions, which a GPT has as well, for protection. */
function hasPartitions(head: Buffer): boolean {
  if (head.length < 512 || head.readUInt16BE(510) !== 0x55aa) return false;
  const entries = [0, 1, 2, 3].map((index) => {
    const at = tableOffset + index * entryLength;
    return head.subarray(at, at + entryLength);
  });
  return entries.every(isEntry) && entries.some((entry) => typeOf(entry) !== 0);
}

/** Empty, or with a status that exists and with sectors. Other boot sectors have code in this place. */
function isEntry(entry: Buffer): boolean {
  if (typeOf(entry) === 0) return entry.every((byte) => byte === 0);
  const status = entry.readUInt8(0);
  return (status === 0 || status === 0x80) && entry.readUInt32LE(8) > 0 && entry.readUInt32LE(12) > 0;
}

const typeOf = (entry: Buffer): number => entry.readUInt8(4);
