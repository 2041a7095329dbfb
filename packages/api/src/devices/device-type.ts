import type { InstanceType } from "../primitives.ts";
import type { ValueCheck } from "../values.ts";

/** A key of a device, for validation, completion and docs/reference/devices.md. */
export interface DeviceKey {
  readonly key: string;
  readonly doc: string;
  /** In words; empty: none. */
  readonly default: string;
  /** Missing: both. */
  readonly types?: readonly InstanceType[];
  readonly check: ValueCheck;
}

/** A type of device. What two keys say together (a root disk has no source) is the core's to check. */
export interface DeviceType {
  /** The value of the device's key `type`. */
  readonly type: string;
  readonly doc: string;
  readonly types: readonly InstanceType[];
  readonly keys: readonly DeviceKey[];
}

export const both = ["container", "virtual-machine"] as const satisfies readonly InstanceType[];
