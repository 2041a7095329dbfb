import { join } from "node:path";
import { type DeviceLimits, type LimitName, limitsRefused } from "./cgroup-io.ts";
import { readControl, writeControl } from "./cgroup-tree.ts";

const files: readonly (readonly [LimitName, string])[] = [
  ["readBytes", "blkio.throttle.read_bps_device"],
  ["readOperations", "blkio.throttle.read_iops_device"],
  ["writeBytes", "blkio.throttle.write_bps_device"],
  ["writeOperations", "blkio.throttle.write_iops_device"],
];

/**
 * Limits the group to these, in place of all others. v1 counts a write for who hands it to the device: what the page cache writes back
 * later is counted for nobody.
 */
export async function limitDisksV1(group: string, limits: readonly DeviceLimits[]): Promise<void> {
  for (const [name, file] of files) {
    const path = join(group, file);
    const now = parseThrottle((await readControl(path)) ?? "");
    for (const line of throttleLines(now, new Map(limits.map((limit) => [limit.device, limit[name]])))) {
      await writeControl(path, line).catch((error: unknown) => {
        throw limitsRefused("blkio", line.split(" ")[0] ?? "", error);
      });
    }
  }
}

export async function diskLimitsV1(group: string): Promise<DeviceLimits[]> {
  const devices = new Map<string, Partial<Record<LimitName, number>>>();
  for (const [name, file] of files) {
    for (const [device, value] of parseThrottle((await readControl(join(group, file))) ?? "")) {
      devices.set(device, { ...devices.get(device), [name]: value });
    }
  }
  return [...devices].map(([device, limits]) => ({ device, ...limits }));
}

/** `254:0 1048576`, a line for each device that is limited. */
export function parseThrottle(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^(\d+:\d+) (\d+)$/gm)].map(([, device = "", value]) => [device, Number(value)]));
}

/** One write each: from what is in force to what is wanted. Zero takes a limit away. */
export function throttleLines(
  now: ReadonlyMap<string, number>,
  wanted: ReadonlyMap<string, number | undefined>,
): string[] {
  const devices = [...new Set([...now.keys(), ...wanted.keys()])];
  return devices
    .filter((device) => now.get(device) !== wanted.get(device))
    .map((device) => `${device} ${wanted.get(device) ?? 0}`);
}
