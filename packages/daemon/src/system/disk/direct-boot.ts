/** Finds the kernel that a disk would boot, so that QEMU can load it without the boot loader. */
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ByteRange, type DiskFile, extractRange } from "./disk-range.ts";
import { extractFile, fileSystemUuid } from "./ext4-files.ts";
import { gptBytes, type Partition, parseGpt } from "./gpt.ts";
import { type BootEntry, defaultBootEntry } from "./grub-default.ts";

/** Lodge's own images name the partition that is mounted at /boot and holds kernels and grub/grub.cfg. */
const bootPartitionName = "lodge-boot";
const biosGrubType = "21686148-6449-6e6f-744e-656564454649";
const espType = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
const largestBootPartition = 4 * 1024 ** 3;

export interface DiskBoot {
  readonly cmdline: string;
  /** What decides which kernel the disk boots: see `bootRegion`. */
  readonly region: ByteRange;
}

export interface BootTargets {
  /** Where kernel and initrd are written. */
  readonly kernel: string;
  readonly initrd: string;
  /** For large temporary files. */
  readonly scratch: string;
}

/** Extracts kernel and initrd; undefined (and no files) when the disk has not Lodge's layout or its default is not certain. */
export async function extractDirectBoot(
  disk: DiskFile,
  to: BootTargets,
  signal: AbortSignal,
): Promise<DiskBoot | undefined> {
  const image = join(to.scratch, "boot.raw");
  const text = join(to.scratch, "boot.txt");
  let boot: DiskBoot | undefined;
  try {
    const partitions = await readPartitions(disk, image, signal);
    const partition = partitions?.find(({ name }) => name === bootPartitionName);
    if (!partitions || !partition || partition.length > largestBootPartition) return undefined;
    await extractRange(disk, partition, image, signal);
    const entry = await readDefaultEntry(image, text, signal);
    const uuid = await fileSystemUuid(image);
    if (!entry || entry.fileSystems.some((other) => other !== uuid)) return undefined;
    const extractions = [
      await extractFile(image, entry.kernel, to.kernel, signal),
      await extractFile(image, entry.initrd, to.initrd, signal),
    ];
    const whole = extractions.every((extraction) => extraction === "whole") && (await isKernel(to.kernel));
    if (whole) boot = { cmdline: entry.cmdline, region: bootRegion(partitions, partition) };
    return boot;
  } finally {
    const leftovers = boot ? [image, text] : [image, text, to.kernel, to.initrd];
    await Promise.all(leftovers.map((path) => rm(path, { force: true })));
  }
}

async function readPartitions(disk: DiskFile, scratch: string, signal: AbortSignal) {
  await extractRange(disk, { start: 0, length: gptBytes }, scratch, signal);
  return parseGpt(await readFile(scratch));
}

async function readDefaultEntry(image: string, scratch: string, signal: AbortSignal): Promise<BootEntry | undefined> {
  const extract = (path: string) => extractFile(image, path, scratch, signal);
  if ((await extract("/grub/grub.cfg")) !== "whole") return undefined;
  const config = await readFile(scratch, "utf8");
  const environment = await extract("/grub/grubenv");
  if (environment === "unreadable") return undefined;
  const saved = environment === "whole" ? { environment: await readFile(scratch, "utf8") } : {};
  const hasCustom = (await extract("/grub/custom.cfg")) !== "missing";
  return defaultBootEntry({ config, hasCustom, ...saved });
}

/**
 * From the first to the end of the last of the partitions that boot: GRUB's core, the ESP, /boot. The partition table
 * before them is left out on purpose: a guest that grows its root partition at its first boot rewrites it, and that
 * changes no kernel. A guest that boots something else in earnest writes to one of these partitions.
 */
export function bootRegion(partitions: readonly Partition[], boot: Partition): ByteRange {
  const deciding = partitions.filter(
    ({ type, number }) => type === biosGrubType || type === espType || number === boot.number,
  );
  const start = Math.min(...deciding.map((partition) => partition.start));
  const end = Math.max(...deciding.map((partition) => partition.start + partition.length));
  return { start, length: end - start };
}

/** Linux kernels that boot by EFI begin as DOS programs do, on every architecture. */
async function isKernel(path: string): Promise<boolean> {
  await using file = await open(path, "r");
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer.toString("latin1") === "MZ";
}
