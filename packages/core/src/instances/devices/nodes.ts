import { type Devices, isTrue } from "@lodge/api";
import { invalidDevice } from "./refusal.ts";

/** Who may use the node of a device, as the container sees it. */
export interface NodeAccess {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** A device of the host by its node. */
export interface UnixDevice extends NodeAccess {
  readonly type: "unix-char" | "unix-block";
  /** Of the device in the configuration. */
  readonly name: string;
  /** Node on the host that tells the numbers; missing: they are given. */
  readonly source?: string;
  readonly number?: { readonly major: number; readonly minor: number };
  /** Inside. */
  readonly path: string;
  /** The instance does not start while the source is missing. */
  readonly required: boolean;
}

type Settings = Readonly<Record<string, string>>;

/** What is said of the owner and the permissions of a node. The values have been checked. */
export const nodeAccess = (device: Settings): NodeAccess => ({
  uid: Number(device["uid"] || 0),
  gid: Number(device["gid"] || 0),
  mode: Number.parseInt(device["mode"] || "660", 8),
});

/** The devices of a type, sorted by name. */
export const devicesOfType = (devices: Devices, ...types: readonly string[]): [string, Settings][] =>
  Object.entries(devices)
    .filter(([, device]) => types.includes(device["type"] ?? ""))
    .sort(([a], [b]) => (a < b ? -1 : 1));

export function readUnixDevices(owner: string, devices: Devices): UnixDevice[] {
  return devicesOfType(devices, "unix-block", "unix-char").map(([name, device]) => readUnix(owner, name, device));
}

function readUnix(owner: string, name: string, device: Settings): UnixDevice {
  const { source, major, minor } = device;
  const path = device["path"] || source;
  if (!path) throw invalidDevice(owner, name, "it needs the key source: its path on the host");
  if (!major !== !minor) throw invalidDevice(owner, name, "major and minor are given together");
  if (major && source) throw invalidDevice(owner, name, "it is named by source or by major and minor, not by both");
  return {
    type: device["type"] as UnixDevice["type"],
    name,
    ...(major ? { number: { major: Number(major), minor: Number(minor) } } : { source: source || path }),
    path,
    required: !device["required"] || isTrue(device["required"]),
    ...nodeAccess(device),
  };
}
