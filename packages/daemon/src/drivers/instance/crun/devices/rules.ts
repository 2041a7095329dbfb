import type { DeviceRule } from "../../../../system/device-rules.ts";

/** Devices that every container may use. */
const common: readonly DeviceRule[] = [
  // Making a node gives no access to the device.
  { type: "c", access: "m" },
  { type: "b", access: "m" },
  // null, zero, full, random, urandom, tty, console, ptmx, and the terminals of devpts.
  ...[3, 5, 7, 8, 9].map((minor) => ({ type: "c", major: 1, minor, access: "rwm" }) as const),
  ...[0, 1, 2].map((minor) => ({ type: "c", major: 5, minor, access: "rwm" }) as const),
  { type: "c", major: 136, access: "rwm" },
];

/** `shared`: nodes that the container has of the host's own. */
export function baseRules(shared: readonly { readonly major: number; readonly minor: number }[]): DeviceRule[] {
  return [...common, ...shared.map(({ major, minor }) => ({ type: "c", major, minor, access: "rwm" }) as const)];
}

/** Rules that are in force no more: those of `gone` that no other has. */
export function withdrawnRules(gone: readonly DeviceRule[], inForce: readonly DeviceRule[]): DeviceRule[] {
  const same = (a: DeviceRule, b: DeviceRule) => a.type === b.type && a.major === b.major && a.minor === b.minor;
  return gone.filter((rule) => !inForce.some((other) => same(rule, other)));
}
