import type { Devices } from "@lodge/api";
import { devicesOfType } from "./nodes.ts";
import { invalidDevice } from "./refusal.ts";

/** An emulated TPM 2.0. */
export interface TpmDevice {
  readonly type: "tpm";
  /** Of the device in the configuration. */
  readonly name: string;
}

/** At most one. */
export function readTpmDevices(owner: string, devices: Devices): TpmDevice[] {
  const [first, second] = devicesOfType(devices, "tpm");
  if (first && second) throw invalidDevice(owner, second[0], `there is already a TPM, "${first[0]}"`);
  return first ? [{ type: "tpm", name: first[0] }] : [];
}
