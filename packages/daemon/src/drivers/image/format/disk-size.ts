import { refuse } from "./refuse.ts";

/** Bytes, as a guest sees the disk. */
const largestDisk = 16n * 2n ** 40n;

export function checkDiskSize(bytes: bigint): void {
  if (bytes <= 0n || bytes > largestDisk) throw refuse("its disk is empty or larger than 16 TiB");
}
