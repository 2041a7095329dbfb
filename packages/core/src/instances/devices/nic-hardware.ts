import type { Devices } from "@lodge/api";
import type { AttachedNic } from "../../networks/network.ts";

export type NicModel = "virtio" | "e1000" | "e1000e";

/** What a virtual machine's guest sees a nic as. */
export interface NicHardware {
  /** Missing: `virtio`. */
  readonly model?: NicModel;
  /** From 0 to 999; the firmware tries higher ones first, and boots from no nic without one. */
  readonly bootPriority?: number;
}

/** A nic as the driver of its instance takes it. */
export type InstanceNic = AttachedNic & NicHardware;

/** Adds to an attached nic what its device says of hardware. The values have been checked. */
export function withHardware(nic: AttachedNic, devices: Devices): InstanceNic {
  const { model, "boot.priority": priority } = devices[nic.device] ?? {};
  return { ...nic, ...(model && { model: model as NicModel }), ...(priority && { bootPriority: Number(priority) }) };
}
