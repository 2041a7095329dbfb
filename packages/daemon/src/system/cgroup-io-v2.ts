import { join } from "node:path";
import { type DeviceLimits, type LimitName, limitsRefused } from "./cgroup-io.ts";
import { readControl, writeControl } from "./cgroup-tree.ts";

const keys: readonly (readonly [LimitName, string])[] = [
  ["readBytes", "rbps"],
  ["writeBytes", "wbps"],
  ["readOperations", "riops"],
  ["writeOperations", "wiops"],
];

/** Limits the group to these, in place of all others. What is written back later counts, too, where the file system says whose it is. */
export async function limitDisksV2(group: string, limits: readonly DeviceLimits[]): Promise<void> {
  const path = join(group, "io.max");
  for (const line of ioMaxLines(parseIoMax((await readControl(path)) ?? ""), limits)) {
    await writeControl(path, line).catch((error: unknown) => {
      throw limitsRefused("io", line.split(" ")[0] ?? "", error);
    });
  }
}

export async function diskLimitsV2(group: string): Promise<DeviceLimits[]> {
  return parseIoMax((await readControl(join(group, "io.max"))) ?? "");
}

/** `254:0 rbps=1048576 wbps=max riops=max wiops=max`, a line for each device that is limited. */
export function parseIoMax(text: string): DeviceLimits[] {
  return text.split("\n").flatMap((line) => {
    const [device, ...settings] = line.split(" ");
    if (!device || !/^\d+:\d+$/.test(device)) return [];
    const values = new Map(settings.map((setting) => setting.split("=", 2) as [string, string]));
    const limits = keys.flatMap(([name, key]) => {
      const value = values.get(key) ?? "max";
      return value === "max" ? [] : [[name, Number(value)] as const];
    });
    return limits.length === 0 ? [] : [{ device, ...Object.fromEntries(limits) }];
  });
}

/** One write for each device of which something changes. */
export function ioMaxLines(now: readonly DeviceLimits[], wanted: readonly DeviceLimits[]): string[] {
  const devices = [...new Set([...now, ...wanted].map(({ device }) => device))];
  const line = (limits: DeviceLimits | undefined) =>
    keys.map(([name, key]) => `${key}=${limits?.[name] ?? "max"}`).join(" ");
  return devices.flatMap((device) => {
    const [before, after] = [now, wanted].map((all) => line(all.find((limits) => limits.device === device)));
    return before === after ? [] : [`${device} ${after}`];
  });
}
