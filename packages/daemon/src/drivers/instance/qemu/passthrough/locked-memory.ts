import { hasCapability } from "../../../../system/host/parse.ts";
import { unavailable } from "./isolation.ts";

/** Texts of /proc/self. */
export interface OwnLimits {
  readonly limits: string;
  readonly status: string;
}

/** Bytes beside the guest's memory: firmware and the screen are mapped for devices, too. */
const beside = 2 ** 30;
const capSysResource = 24;

/**
 * How much memory (bytes) a QEMU must be able to lock whose guest has this much: a device reaches all of it at any time. Throws where the
 * daemon cannot give it that right.
 */
export function lockedMemory(device: string, guest: number, { limits, status }: OwnLimits): number {
  const needed = guest + beside;
  const hard = /^Max locked memory\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? "0";
  if (hasCapability(status, capSysResource) || hard === "unlimited" || Number(hard) >= needed) return needed;
  throw unavailable(
    device,
    `the guest's memory must be locked, and lodged may let a process lock ${Math.floor(Number(hard) / 2 ** 20)} MiB of the ` +
      `${Math.ceil(needed / 2 ** 20)} MiB that it takes; start lodged with a higher limit (LimitMEMLOCK=infinity, ulimit -l) or with CAP_SYS_RESOURCE`,
  );
}
