import { LodgeError } from "@lodge/api/errors";
import type { DiskRoot, InstanceNic, InstanceSpec } from "@lodge/core";
import { openMacvtap } from "../../../system/macvtap.ts";
import { openTap } from "../../../system/tap.ts";

/** Whether the image, or the user in its stead, says that the guest is Windows. */
export function isWindows(config: Readonly<Record<string, string>>): boolean {
  return /windows/i.test(config["image.os"] ?? "");
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
