import { access, readFile } from "node:fs/promises";
import type { Cgroups } from "../../../system/cgroups.ts";
import { type BundleHost, sharedDevices } from "./bundle.ts";

/** Reads what a bundle needs to know of the host and of the daemon itself. */
export async function readBundleHost(cgroups: Cgroups): Promise<BundleHost> {
  const [limits, status, oomScoreAdjust] = await Promise.all(
    ["limits", "status", "oom_score_adj"].map((file) => readFile(`/proc/self/${file}`, "utf8")),
  );
  const present = await Promise.all(sharedDevices.map((device) => exists(device.path)));
  return {
    architecture: process.arch,
    layout: cgroups.layout,
    openFiles: Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits ?? "")?.[1] ?? 1024),
    oomScoreAdjust: Number(oomScoreAdjust),
    boundingCapabilities: BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(status ?? "")?.[1] ?? "0"}`),
    devices: sharedDevices.filter((_device, index) => present[index]),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
