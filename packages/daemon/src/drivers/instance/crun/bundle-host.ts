import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import type { BundleHost } from "./bundle.ts";
import { findSharedNodes } from "./shared-devices.ts";

/** Reads what a bundle needs to know of the host and of the daemon itself. */
export async function readBundleHost(cgroups: Cgroups, paths: LodgePaths): Promise<BundleHost> {
  const [limits, status, oomScoreAdjust] = await Promise.all(
    ["limits", "status", "oom_score_adj"].map((file) => readFile(`/proc/self/${file}`, "utf8")),
  );
  return {
    architecture: process.arch,
    layout: cgroups.layout,
    openFiles: Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits ?? "")?.[1] ?? 1024),
    oomScoreAdjust: Number(oomScoreAdjust),
    boundingCapabilities: BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(status ?? "")?.[1] ?? "0"}`),
    devices: await findSharedNodes(join(paths.root, "run", "devices")),
  };
}
