import { resolve } from "node:path";
import type { Devices } from "@lodge/api";
import { parseAssignments } from "./assignments.ts";
import type { Device } from "./device-holder.ts";

/**
 * A disk's source as the daemon needs it, which has another working directory: `x.iso` is made absolute. Volumes of a pool and what
 * has a prefix (`cloud-init:config`) are no paths.
 */
export function withAbsoluteSource(device: Device): Record<string, string> {
  const { type, source, pool } = device;
  const path = type === "disk" && source && !pool && !/^[a-z][a-z-]*:/.test(source);
  return path ? { ...device, source: resolve(source) } : { ...device };
}

export const withAbsoluteSources = (devices: Devices): Devices =>
  Object.fromEntries(Object.entries(devices).map(([name, device]) => [name, withAbsoluteSource(device)]));

/** A device with settings: `key=value…`, or a key and its value. */
export function changedDevice(device: Device, words: readonly string[]): Record<string, string> {
  const settings = parseAssignments(words);
  const changed = { ...device, ...settings };
  return settings.source === undefined ? changed : withAbsoluteSource(changed);
}
