import type { Devices } from "@lodge/api";
import { readRootDisk } from "./disks.ts";

/** Own devices with the root disk in another pool: it becomes the instance's own where it was a profile's. */
export function inPool(own: Devices, expanded: Devices, pool: string): Devices {
  const { device } = readRootDisk("instance", { ...expanded, ...own });
  return { ...own, [device]: { ...(own[device] ?? expanded[device]), pool } };
}
