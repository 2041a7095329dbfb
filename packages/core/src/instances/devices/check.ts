import { type Devices, deviceTypes, findDeviceType, type InstanceType } from "@lodge/api";
import { readDisks, readRootDisk } from "./disks.ts";
import { readPciDevices } from "./host-devices.ts";
import { requireLimitable } from "./io-limits.ts";
import { readNics } from "./nics.ts";
import { readUnixDevices } from "./nodes.ts";
import { readProxies } from "./proxies.ts";
import { invalidDevice } from "./refusal.ts";
import { readTpmDevices } from "./tpm.ts";

/** Refuses unknown device types, keys and values, and what does not fit together. Returns nothing: readers give the devices. */
export function checkDevices(owner: string, type: InstanceType, devices: Devices): void {
  for (const [name, device] of Object.entries(devices)) checkKeys(owner, type, name, device);
  readRootDisk(owner, devices);
  readDisks(owner, type, devices);
  readNics(owner, devices);
  readPciDevices(owner, devices);
  readTpmDevices(owner, devices);
  readUnixDevices(owner, devices);
  readProxies(owner, type, devices);
  requireLimitable(owner, type, devices);
}

/** What a profile may say of devices, whatever instances use it. How they fit together is checked with each of those. */
export function checkProfileDevices(owner: string, devices: Devices): void {
  for (const [name, device] of Object.entries(devices)) checkKeys(owner, undefined, name, device);
}

/** Without a type of instance it may be either. */
function checkKeys(
  owner: string,
  type: InstanceType | undefined,
  name: string,
  device: Readonly<Record<string, string>>,
): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/.test(name)) {
    throw invalidDevice(owner, name, "the name must be 1 to 63 letters, digits and . _ -");
  }
  const known = findDeviceType(device["type"] ?? "");
  if (!known) {
    const names = deviceTypes.map((each) => each.type).join(", ");
    throw invalidDevice(owner, name, `unknown type "${device["type"] ?? ""}"; known are ${names}`);
  }
  if (type && !known.types.includes(type))
    throw invalidDevice(owner, name, `the type ${known.type} is not for a ${type}`);
  for (const [key, value] of Object.entries(device)) {
    if (key === "type") continue;
    const entry = known.keys.find((each) => each.key === key);
    if (!entry) {
      const names = known.keys.map((each) => each.key).join(", ") || "none";
      throw invalidDevice(owner, name, `unknown key "${key}"; known are ${names}`);
    }
    if (type && entry.types && !entry.types.includes(type))
      throw invalidDevice(owner, name, `${key} is not for a ${type}`);
    const problem = value === "" ? undefined : entry.check(value);
    if (problem) throw invalidDevice(owner, name, `${key} "${value}" ${problem}`);
  }
}
