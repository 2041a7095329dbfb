/** The partitions of a virtual machine's disk. Pure. */
import { LodgeError } from "@lodge/api/errors";

export const sectorSize = 512;
const mebibyte = 1 << 20;

export interface Partition {
  readonly number: number;
  readonly name: "lodge-bios" | "lodge-esp" | "lodge-boot" | "lodge-root";
  /** GPT type GUID. */
  readonly type: string;
  /** Bytes. */
  readonly start: number;
  readonly length: number;
}

export interface DiskLayout {
  readonly size: number;
  readonly bios: Partition;
  readonly esp: Partition;
  readonly boot: Partition;
  /** The last one, so that it can grow. */
  readonly root: Partition;
}

const types = {
  biosBoot: "21686148-6449-6E6F-744E-656564454649",
  efiSystem: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  linux: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
};

/** Everything starts at a multiple of one MiB; the last MiB is left to the backup of the partition table. */
export function diskLayout(size: number, bootSize: number): DiskLayout {
  const espSize = 64 * mebibyte;
  const boot = 2 * mebibyte + espSize;
  const root = boot + bootSize;
  const rootLength = size - root - mebibyte;
  if (rootLength < 64 * mebibyte) {
    throw new LodgeError({
      code: "image_definition_invalid",
      message: "The image definition's disk.size leaves less than 64 MiB to the root file system; make it larger.",
    });
  }
  return {
    size,
    bios: { number: 1, name: "lodge-bios", type: types.biosBoot, start: mebibyte, length: mebibyte },
    esp: { number: 2, name: "lodge-esp", type: types.efiSystem, start: 2 * mebibyte, length: espSize },
    boot: { number: 3, name: "lodge-boot", type: types.linux, start: boot, length: bootSize },
    root: { number: 4, name: "lodge-root", type: types.linux, start: root, length: rootLength },
  };
}

/** What sfdisk reads. */
export function sfdiskScript(layout: DiskLayout): string {
  const { bios, esp, boot, root } = layout;
  const lines = [bios, esp, boot, root].map(
    ({ start, length, type, name }) =>
      `start=${start / sectorSize}, size=${length / sectorSize}, type=${type}, name="${name}"`,
  );
  return `${["label: gpt", "unit: sectors", ...lines].join("\n")}\n`;
}
