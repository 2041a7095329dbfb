/**
 * Checks the header of a VMware disk in one file (monolithicSparse, streamOptimized) before any tool opens it: a tool would
 * open the files that its description names as well. Fields by VMware's "Virtual Disk Format 5.0".
 */
import { checkDiskSize } from "./disk-size.ts";
import { type ReadAt, readWhole } from "./read-at.ts";
import { refuse } from "./refuse.ts";

const sector = 512;
const magic = "KDMV";
const newestVersion = 3;
/** Where the grain directory is, in the header of a file that was written in one go: the footer knows. */
const atEnd = 0xffff_ffff_ffff_ffffn;
const longestDescription = 20 * sector;

export async function checkVmdk(read: ReadAt, fileSize: number): Promise<void> {
  const header = await readWhole(read, 0, sector);
  checkHeader(header);
  if (header.readBigUInt64LE(56) === atEnd) {
    if (fileSize % sector !== 0) throw refuse("its disk is cut off");
    // Footer and end-of-stream marker are its last two sectors. What the footer says counts.
    checkHeader(await readWhole(read, fileSize - 2 * sector, sector));
  }
  checkDescription(await read(sector, longestDescription));
}

function checkHeader(header: Buffer): void {
  if (header.toString("latin1", 0, 4) !== magic) throw refuse("its disk is no vmdk in one file");
  const version = header.readUInt32LE(4);
  if (version > newestVersion) throw refuse(`its disk is of an unknown vmdk version (${version})`);
  const capacity = header.readBigUInt64LE(12);
  // Without a capacity a reader takes the description for the disk.
  checkDiskSize(capacity * BigInt(sector));
  if (header.readBigUInt64LE(28) !== 1n) throw refuse("its disk does not begin with its description");
}

/** The text that names the disk's parts. It must name this file alone. */
function checkDescription(bytes: Buffer): void {
  // Also beyond its end, where a careless reader would look.
  if (bytes.includes("parentFileNameHint")) throw refuse("its disk needs another file (it is a snapshot of a disk)");
  const end = bytes.indexOf(0);
  const lines = bytes
    .toString("latin1", 0, end === -1 ? bytes.length : end)
    .split("\n")
    .map((line) => line.trim());
  const value = (key: string) => {
    const found = lines.find((line) => line.startsWith(`${key}=`));
    return found?.slice(key.length + 1).replaceAll('"', "");
  };
  if (value("parentCID")?.toLowerCase() !== "ffffffff") throw refuse("its disk needs another file (it names a parent)");
  const type = value("createType") ?? "none";
  if (type !== "monolithicSparse" && type !== "streamOptimized")
    throw refuse(`its disk is a vmdk of the type ${JSON.stringify(type.slice(0, 60))}, which lies in other files`);
  const extents = lines.filter((line) => /^(RW|RDONLY|NOACCESS)\s/i.test(line));
  if (extents.length !== 1 || !/^RW \d+ SPARSE "[^"]*"$/.test(extents[0] ?? ""))
    throw refuse("its disk has not one part but others, in other files");
}
