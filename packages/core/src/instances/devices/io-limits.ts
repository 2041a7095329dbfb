/** What disks and nics may do in a second, by their devices. All of it changes while an instance runs. */
import { type Devices, type DiskRate, type InstanceType, parseBitRate, parseDiskRate } from "@lodge/api";
import type { NicLimits } from "../../networks/network.ts";
import { invalidDevice } from "./refusal.ts";

/** What is missing is not limited. */
export interface DiskLimits {
  readonly read?: DiskRate;
  readonly write?: DiskRate;
}

/** What holds a disk in a second, as it is measured: of a container's, what holds all that lies on the same device. */
export interface DiskLimitsSeen {
  readonly readBytes?: number;
  readonly readOperations?: number;
  readonly writeBytes?: number;
  readonly writeOperations?: number;
}

type Settings = Readonly<Record<string, string>>;

/** Keys that are no part of what a device is. */
export const isLimitKey = (key: string): boolean => key.startsWith("limits.");

/** The same devices without their limits. */
export function withoutLimits(devices: Devices): Devices {
  const entries = Object.entries(devices).map(([name, device]) => [name, pick(device, (key) => !isLimitKey(key))]);
  return Object.fromEntries(entries);
}

/** As a field to be spread; the values have been checked. */
export function diskLimits(device: Settings): { readonly limits?: DiskLimits } {
  const both = device["limits.max"];
  const [read, write] = ["limits.read", "limits.write"].map((key) => parseDiskRate(both || device[key] || ""));
  return read || write ? { limits: { ...(read && { read }), ...(write && { write }) } } : {};
}

/** As a field to be spread; the values have been checked. */
export function nicLimits(device: Settings): { readonly limits?: NicLimits } {
  const both = device["limits.max"];
  const [ingress, egress] = ["limits.ingress", "limits.egress"].map((key) => parseBitRate(both || device[key] || ""));
  return ingress || egress ? { limits: { ...(ingress && { ingress }), ...(egress && { egress }) } } : {};
}

/** Refuses limits where nothing could hold them. The values have been checked. */
export function requireLimitable(owner: string, type: InstanceType, devices: Devices): void {
  for (const [name, device] of Object.entries(devices)) {
    const key = Object.keys(device).find((each) => isLimitKey(each) && device[each]);
    if (key && type === "container" && device["type"] === "nic" && device["nictype"] === "macvlan") {
      throw invalidDevice(
        owner,
        name,
        `${key} is not for nictype=macvlan in a container, whose root could take it away; use nictype=bridged or a network`,
      );
    }
  }
}

/** Whether something else is to be held to limits, or to other ones. */
export function ioLimitsDiffer(before: Devices, after: Devices): boolean {
  return fingerprint(before) !== fingerprint(after);
}

/** Of the devices that have limits, whole: one that was added anew has none yet. */
function fingerprint(devices: Devices): string {
  const limited = Object.entries(devices).filter(([, device]) => Object.keys(device).some((key) => isLimitKey(key)));
  const sorted = limited.map(([name, device]) => [name, Object.entries(pick(device, () => true)).sort(byKey)] as const);
  return JSON.stringify(sorted.filter(([, settings]) => settings.some(([key]) => isLimitKey(key))).sort(byKey));
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** An empty value is none. */
const pick = (device: Settings, wanted: (key: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(device).filter(([key, value]) => value !== "" && wanted(key)));
