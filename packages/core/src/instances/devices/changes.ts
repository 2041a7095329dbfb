import type { Devices } from "@lodge/api";
import { isLimitKey } from "./io-limits.ts";

/** What a change of expanded devices does to a running instance, by device name, sorted. */
export interface DeviceChanges {
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** In both, with other values, limits aside: taken away and added again. */
  readonly changed: readonly string[];
}

export function deviceChanges(before: Devices, after: Devices): DeviceChanges {
  const names = (devices: Devices) => Object.keys(devices).sort((a, b) => (a < b ? -1 : 1));
  const same = (name: string) => fingerprint(before[name] ?? {}) === fingerprint(after[name] ?? {});
  return {
    removed: names(before).filter((name) => !Object.hasOwn(after, name)),
    added: names(after).filter((name) => !Object.hasOwn(before, name)),
    changed: names(after).filter((name) => Object.hasOwn(before, name) && !same(name)),
  };
}

/** Equal for equal settings, whatever limits they have; an empty value is none. */
const fingerprint = (device: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.entries(device)
      .filter(([key, value]) => value !== "" && !isLimitKey(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
