import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk } from "@lodge/core";
import { checkQcow2 } from "../../../system/host-sources.ts";
import type { DiskContent } from "./hardware/disks.ts";
import { diskShape } from "./hardware/layout.ts";

/** A disk's open file, until QEMU has it. */
export interface DiskFile extends AsyncDisposable {
  readonly disk: AttachedDisk;
  readonly descriptor: number;
  /** `path`: by which QEMU names the descriptor. */
  content(path: string): DiskContent;
}

/** Those of the disks that are there. */
export class DiskFiles implements AsyncDisposable {
  readonly all: DiskFile[] = [];

  static async open(disks: readonly AttachedDisk[]): Promise<DiskFiles> {
    const files = new DiskFiles();
    try {
      for (const disk of disks) {
        const file = await openDiskFile(disk);
        if (file) files.all.push(file);
      }
      return files;
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.all) await file[Symbol.asyncDispose]();
  }
}

/**
 * Opens a disk of the host's for QEMU, which has no rights of its own there. Undefined: it is not there and need not be. That no other
 * machine writes to it, QEMU makes sure of by locking the file.
 */
export async function openDiskFile(disk: AttachedDisk): Promise<DiskFile | undefined> {
  // A pipe would let an open wait.
  const flags =
    (diskShape(disk).readonly ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK | constants.O_NOCTTY;
  let file: FileHandle;
  try {
    file = await open(disk.source, flags);
  } catch (error) {
    if (isMissing(error) && !disk.required) return undefined;
    throw refusal(disk, `cannot be opened: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  try {
    const content = await contentOf(disk, file);
    return { disk, descriptor: file.fd, content, [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function contentOf(disk: AttachedDisk, file: FileHandle): Promise<DiskFile["content"]> {
  const stats = await file.stat();
  if (stats.isBlockDevice()) return (path) => ({ kind: "block", format: "raw", path });
  if (!stats.isFile()) throw refusal(disk, "is neither a file nor a block device any more");
  if (disk.format === "qcow2") await checkQcow2(disk.source, file);
  return (path) => ({ kind: "file", format: disk.format === "qcow2" ? "qcow2" : "raw", path });
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

function refusal({ name, source }: AttachedDisk, problem: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "device_source_invalid",
    message: `Source ${source} of device "${name}" ${problem}.`,
    cause,
  });
}
