/** Bytes of a virtual disk, read through qemu-img, which knows every format. */
import { run } from "../run.ts";

export interface DiskFile {
  readonly path: string;
  readonly format: "qcow2" | "raw";
}

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** Copies a range of the disk to a sparse raw file. */
export async function extractRange(disk: DiskFile, range: ByteRange, target: string, signal: AbortSignal) {
  await run("qemu-img", ["convert", "-O", "raw", rangeNode(disk, range), target], {
    timeout: 300_000,
    signal,
    code: "pool_failed",
  });
}

/** The range as a QEMU block node: `qemu-img dd` counts from the disk's start in some versions, and from `skip` in others. */
export function rangeNode(disk: DiskFile, { start, length }: ByteRange): string {
  const file = { driver: "file", filename: disk.path };
  const whole = disk.format === "raw" ? file : { driver: disk.format, file };
  return `json:${JSON.stringify({ driver: "raw", offset: start, size: length, file: whole })}`;
}

export interface DiskInfo {
  /** Bytes, as the guest sees it. */
  readonly virtualSize: number;
  /** It needs another file: a backing file or a separate data file. */
  readonly needsOther: boolean;
}

export async function diskInfo(disk: DiskFile, signal?: AbortSignal): Promise<DiskInfo> {
  const args = ["info", "--output=json", "-f", disk.format, disk.path];
  const info = JSON.parse(await run("qemu-img", args, { code: "pool_failed", ...(signal && { signal }) })) as {
    "virtual-size": number;
    "backing-filename"?: string;
    "format-specific"?: { data?: { "data-file"?: string } };
  };
  const needsOther =
    info["backing-filename"] !== undefined || info["format-specific"]?.data?.["data-file"] !== undefined;
  return { virtualSize: info["virtual-size"], needsOther };
}
