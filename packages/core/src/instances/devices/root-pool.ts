import type { Devices } from "@lodge/api";
import type { ProfileRecord } from "../../store.ts";
import { expandDevices } from "../configuration.ts";
import { readRootDisk } from "./disks.ts";

/** Own devices with the root disk in another pool: it becomes the instance's own where it was a profile's. */
export function inPool(own: Devices, expanded: Devices, pool: string): Devices {
  const { device } = readRootDisk("instance", { ...expanded, ...own });
  return { ...own, [device]: { ...(own[device] ?? expanded[device]), pool } };
}

/** Own devices with the root disk that they had with other profiles: it becomes the instance's own where these give none, or one elsewhere. */
export function ownRoot(own: Devices, before: Devices, profiles: readonly ProfileRecord[]): Devices {
  const { device, pool } = readRootDisk("instance", before);
  const other = rootOf(expandDevices(profiles, own));
  if (other?.[1]["pool"] === pool) return own;
  return { ...own, [other?.[0] ?? device]: { ...before[device] } };
}

/** The root disk with its name; of devices that have not been checked. */
export function rootOf(devices: Devices): readonly [string, Readonly<Record<string, string>>] | undefined {
  return Object.entries(devices).find(([, { type, path }]) => type === "disk" && path === "/");
}
