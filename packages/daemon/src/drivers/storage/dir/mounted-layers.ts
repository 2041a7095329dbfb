import { readFile } from "node:fs/promises";
import type { LayerId } from "../file-pool/layout.ts";

/** The layers that overlays stand on which this process sees. */
export async function mountedLayers(): Promise<ReadonlySet<LayerId>> {
  return parseMountedLayers(await readFile("/proc/self/mountinfo", "utf8"));
}

/** Of /proc/PID/mountinfo (proc_pid_mountinfo(5)): an overlay's options name its lower directories as they were given. */
export function parseMountedLayers(mountinfo: string): ReadonlySet<LayerId> {
  const overlays = mountinfo.split("\n").filter((line) => line.includes(" - overlay "));
  const names = overlays.flatMap((line) => [...line.matchAll(/\/layers\/([0-9a-f]{16})\/upper\b/g)]);
  return new Set(names.map(([, id]) => id as LayerId));
}
