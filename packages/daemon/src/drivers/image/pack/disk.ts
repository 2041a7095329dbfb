/** Makes one compressed qcow2 of a VM's disk and all that it stands on. */
import { open, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { ImageCompression } from "@lodge/api";
import type { Progress } from "@lodge/core";
import { outputUnprivileged, percentOf, resultFile } from "../../../system/unprivileged.ts";
import { packFailure } from "./failure.ts";

export interface DiskToPack {
  readonly disk: string;
  /** Who may read it: the VM's QEMU. It wrote the file and may have been taken over, so nobody else opens it. */
  readonly uid: number;
  readonly target: string;
  /** One of those that a qcow2 may have; all others are zstd. */
  readonly compression: ImageCompression;
}

export async function packDisk(
  { disk, uid, target, compression }: DiskToPack,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(disk, "r");
  await using result = await open(target, "wx", 0o600);
  await result.chown(uid, uid);
  const { bsize, bavail } = await statfs(dirname(target));
  const writing = { result, most: bsize * bavail, beyond: packFailure("there is no room for it") };
  const kind = compression === "gzip" ? "zlib" : "zstd";
  const compressed = compression === "none" ? [] : ["-c", "-o", `compression_type=${kind}`];
  const command = ["qemu-img", "convert", "-p", ...compressed, "-f", "qcow2", "-O", "qcow2", disk, resultFile] as const;
  const onLine = (line: string) => {
    const percent = percentOf(line);
    if (percent !== undefined) progress(percent);
  };
  await outputUnprivileged(file, command, signal, onLine, { writing, uid, failure: packFailure });
  await result.chown(0, 0);
}
