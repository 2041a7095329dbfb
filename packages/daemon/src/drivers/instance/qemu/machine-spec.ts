import { LodgeError } from "@lodge/api/errors";
import type { DiskRoot, InstanceNic, InstanceSpec, MachineSize } from "@lodge/core";
import type { CgroupLimits } from "../../../system/cgroups.ts";
import { openMacvtap } from "../../../system/macvtap.ts";
import { openTap } from "../../../system/tap.ts";

/** Bytes beside the guest's memory: QEMU itself, its translation cache, the host's page cache for its disk. */
const overhead = 512 * 2 ** 20;
/** QEMU's threads beside those of its CPUs. */
const spareThreads = 256;

/** Whether the image, or the user in its stead, says that the guest is Windows. */
export function isWindows(config: Readonly<Record<string, string>>): boolean {
  return /windows/i.test(config["image.os"] ?? "");
}

/**
 * What QEMU as a whole may take of the host: room enough for an honest one. `present`: CPUs that the machine has; a guest that is not to use all
 * of them might do so unasked.
 */
export function processLimits({ cpus, memory }: MachineSize, present = cpus): CgroupLimits {
  const bound = present > cpus ? { cpus } : {};
  return { ...bound, memory: memory + overhead, processes: Math.max(cpus, present) + spareThreads };
}

export function diskRoot({ name, root }: InstanceSpec): DiskRoot {
  if (root.kind === "disk") return root;
  throw new LodgeError({ code: "internal", message: `The virtual machine ${name} was given a directory as its root.` });
}

export type TapNic = Extract<InstanceNic, { kind: "tap" }>;

/** A descriptor of the nic's tap, close-on-exec. */
export function openNic({ fabricNamespace, hostInterface, macvtap }: TapNic): number {
  return (macvtap ? openMacvtap : openTap)(fabricNamespace, hostInterface);
}

export function tapNic(nic: InstanceNic): TapNic {
  if (nic.kind === "tap") return nic;
  throw new LodgeError({
    code: "internal",
    message: `A virtual machine was given the nic ${nic.device} without a tap.`,
  });
}
