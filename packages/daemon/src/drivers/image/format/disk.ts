/** Takes a virtual machine's disk in any format that stands alone in one file. */
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuildProgress, ImageDiskFormat } from "@lodge/core";
import { convertDisk } from "./convert-disk.ts";
import { checkQcow2, onlyLeaks, readQcow2Header } from "./qcow2.ts";
import { type ReadAt, reader } from "./read-at.ts";
import { refuse } from "./refuse.ts";
import { givenFile, outputUnprivileged } from "./unprivileged.ts";
import { checkVdi } from "./vdi.ts";
import { checkVhdx } from "./vhdx.ts";
import { checkVmdk } from "./vmdk.ts";

export interface GivenDisk {
  readonly path: string;
  readonly format: ImageDiskFormat;
  /** Where a converted disk may be written. */
  readonly directory: string;
}

/** Checks it and returns the path of a qcow2 with the same content; the given file is gone when that is another. */
export async function takeDisk(disk: GivenDisk, progress: BuildProgress, signal: AbortSignal): Promise<string> {
  if (!(await checkHeader(disk))) {
    await checkQcow2(disk.path, signal);
    return disk.path;
  }
  const converted = join(disk.directory, "disk.qcow2");
  if (disk.format !== "raw") await checkStructure(disk, signal);
  progress("Convert", 0);
  await convertDisk(disk.path, disk.format, converted, (percent) => progress("Convert", percent), signal);
  await rm(disk.path);
  await readQcow2Header(converted);
  return converted;
}

/** Refuses what would lead a tool to other files. Returns whether the disk must be converted. */
async function checkHeader({ path, format }: GivenDisk): Promise<boolean> {
  // A disk with older states in it is sound, but only its present one becomes the image.
  if (format === "qcow2") return (await readQcow2Header(path)).snapshots > 0;
  await using file = await open(path, "r");
  const { size } = await stat(path);
  await checks[format](reader(file), size);
  return true;
}

/**
 * Whether all that it refers to is there, once: a reader takes what lies behind a file's end for zeros, and blocks that
 * are there many times make a small file a very large disk.
 */
async function checkStructure({ path, format }: GivenDisk, signal: AbortSignal): Promise<void> {
  await using file = await open(path, "r");
  const command = ["qemu-img", "check", "-q", "-f", format, givenFile] as const;
  await outputUnprivileged(file, command, signal, () => {}, { fine: [onlyLeaks] });
}

const checks: Readonly<Record<Exclude<ImageDiskFormat, "qcow2">, (read: ReadAt, size: number) => Promise<void>>> = {
  vmdk: checkVmdk,
  vhdx: checkVhdx,
  vdi: checkVdi,
  raw: async (_, size) => {
    if (size === 0) throw refuse("it is empty");
  },
};
