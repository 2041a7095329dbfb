import { type FileHandle, open, stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { FileFormat, HostSource, HostSources } from "@lodge/core";

/** Looks at what users name as sources of disks. */
export const hostSources: HostSources = {
  async inspect(path: string): Promise<HostSource | undefined> {
    const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw invalid(path, `cannot be looked at: ${error.message}`, error);
    });
    if (!stats) return undefined;
    if (stats.isDirectory()) return { kind: "directory" };
    if (stats.isBlockDevice()) return { kind: "block" };
    if (stats.isCharacterDevice()) return { kind: "character" };
    if (!stats.isFile()) throw invalid(path, "is a socket or a pipe");
    await using file = await open(path, "r");
    return { kind: "file", format: await readFormat(path, file) };
  },
};

/** Sector 16 of an ISO 9660 file system begins with its type and this name (ECMA-119 8.1.2). */
const isoName = { offset: 32_769, text: "CD001" };
/** Of a qcow2's header (docs/interop/qcow2.txt in QEMU's source). */
const qcow2 = { magic: "QFI\xfb", version: 4, backingFile: 8, incompatible: 72, externalData: 1n << 2n };

async function readFormat(path: string, file: FileHandle): Promise<FileFormat> {
  if ((await read(file, isoName.offset, isoName.text.length)).toString("latin1") === isoName.text) return "iso";
  const magic = await read(file, 0, 4);
  if (magic.toString("latin1") !== qcow2.magic) return "raw";
  await checkQcow2(path, file);
  return "qcow2";
}

/** Refuses what is no qcow2 or needs another file. */
export async function checkQcow2(path: string, file: FileHandle): Promise<void> {
  const header = await read(file, 0, 104);
  if (header.subarray(0, 4).toString("latin1") !== qcow2.magic) throw invalid(path, "is no qcow2 any more");
  if (header.length < 104) throw invalid(path, "is a truncated qcow2");
  if (header.readBigUInt64BE(qcow2.backingFile) !== 0n) throw invalid(path, "is a qcow2 with a backing file");
  // Before version 3 there are no such bits.
  const bits = header.readUInt32BE(qcow2.version) < 3 ? 0n : header.readBigUInt64BE(qcow2.incompatible);
  if ((bits & qcow2.externalData) !== 0n) throw invalid(path, "is a qcow2 with an external data file");
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function invalid(path: string, problem: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "device_source_invalid",
    message: `${path} ${problem}; it cannot be a disk of an instance.`,
    cause,
  });
}
