/** What disks may do in a second, as QEMU holds them to it. */
import type { DiskRate } from "@lodge/api";
import type { DiskLimits, DiskLimitsSeen } from "@lodge/core";
import type { IoThrottle, QmpClient, QmpCommands } from "@lodge/qmp";
import { diskOfQdev } from "./hardware/device.ts";

/** By the name of the device; missing: no limit. */
export type LimitsByDisk = ReadonlyMap<string, DiskLimits | undefined>;

/** Holds the disks that the machine has to these limits, and all others of the configuration to none. Idempotent. */
export async function limitDisks(qmp: QmpClient, limits: LimitsByDisk): Promise<void> {
  for (const throttle of planThrottles(await qmp.execute("query-block"), limits)) {
    await qmp.execute("block_set_io_throttle", throttle);
  }
}

/** From what is in force to what is wanted. */
export function planThrottles(
  answer: QmpCommands["query-block"]["result"],
  limits: LimitsByDisk,
): (IoThrottle & { readonly id: string })[] {
  return answer.flatMap(({ qdev = "", inserted }) => {
    const disk = diskOfQdev(qdev);
    if (disk === undefined || !inserted) return [];
    const wanted = throttleOf(limits.get(disk));
    const isSo = names.every((name) => (inserted[name] ?? 0) === wanted[name]);
    return isSo ? [] : [{ id: qdev, ...wanted }];
  });
}

/** What QEMU holds disks to, of those that it holds to something. */
export function limitsSeen(answer: QmpCommands["query-block"]["result"]): Record<string, DiskLimitsSeen> {
  const seen = answer.flatMap(({ qdev = "", inserted }) => {
    const disk = diskOfQdev(qdev);
    if (disk === undefined || !inserted) return [];
    const limits = {
      ...(inserted.bps_rd && { readBytes: inserted.bps_rd }),
      ...(inserted.iops_rd && { readOperations: inserted.iops_rd }),
      ...(inserted.bps_wr && { writeBytes: inserted.bps_wr }),
      ...(inserted.iops_wr && { writeOperations: inserted.iops_wr }),
    };
    return Object.keys(limits).length === 0 ? [] : [[disk, limits] as const];
  });
  return Object.fromEntries(seen);
}

const names = ["bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"] as const;

function throttleOf({ read, write }: DiskLimits = {}): IoThrottle {
  return {
    bps: 0,
    bps_rd: amount(read, "bytes"),
    bps_wr: amount(write, "bytes"),
    iops: 0,
    iops_rd: amount(read, "operations"),
    iops_wr: amount(write, "operations"),
  };
}

const amount = (rate: DiskRate | undefined, unit: DiskRate["unit"]): number => (rate?.unit === unit ? rate.amount : 0);
