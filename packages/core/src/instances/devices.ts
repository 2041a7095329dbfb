import { type Devices, LodgeError, parseSize } from "@lodge/api";

export interface RootDisk {
  readonly pool: string;
  /** Bytes. */
  readonly size?: number;
}

export interface Nic {
  /** Name of the device in the configuration and of the interface inside. */
  readonly device: string;
  readonly network: string;
  /** Asked for by the user; else chosen by the daemon. */
  readonly mac?: string;
}

interface DeviceType {
  readonly keys: readonly string[];
}

const deviceTypes: Readonly<Record<string, DeviceType>> = {
  none: { keys: [] },
  disk: { keys: ["path", "pool", "size"] },
  nic: { keys: ["network", "name", "hwaddr"] },
};

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** Interface names end at 15 characters; these are also what guests see. */
const interfacePattern = /^[a-z][a-z0-9]{0,14}$/;

function invalid(owner: string, name: string, problem: string): LodgeError {
  return new LodgeError({ code: "config_value_invalid", message: `Device "${name}" of ${owner}: ${problem}.` });
}

/** Refuses unknown device types, keys and values. */
export function checkDevices(owner: string, devices: Devices): void {
  for (const [name, device] of Object.entries(devices)) {
    const type = deviceTypes[device["type"] ?? ""];
    if (!type)
      throw invalid(
        owner,
        name,
        `unknown type "${device["type"] ?? ""}"; known are ${Object.keys(deviceTypes).join(", ")}`,
      );
    const unknown = Object.keys(device).find((key) => key !== "type" && !type.keys.includes(key));
    if (unknown) throw invalid(owner, name, `unknown key "${unknown}"; known are ${type.keys.join(", ") || "none"}`);
  }
  const nics = readNics(owner, devices);
  if (nics.length > 8) throw invalid(owner, nics[8]?.device ?? "nic", "an instance has at most 8 nics");
  readDisks(owner, devices);
}

/** The nics, sorted by device name. */
export function readNics(owner: string, devices: Devices): Nic[] {
  return Object.entries(devices)
    .filter(([, device]) => device["type"] === "nic")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, device]) => {
      const network = device["network"];
      if (!network) throw invalid(owner, name, "a nic needs the key network");
      const inside = device["name"] ?? name;
      if (!interfacePattern.test(inside))
        throw invalid(owner, name, `"${inside}" is no interface name (lower-case letters and digits, at most 15)`);
      const mac = device["hwaddr"]?.toLowerCase();
      if (mac !== undefined && !macPattern.test(mac)) throw invalid(owner, name, `hwaddr "${mac}" is no MAC address`);
      if (mac !== undefined && Number.parseInt(mac.slice(0, 2), 16) % 2 === 1)
        throw invalid(owner, name, `hwaddr "${mac}" is a multicast address`);
      return { device: inside, network, ...(mac !== undefined && { mac }) };
    });
}

function readDisks(owner: string, devices: Devices): [string, RootDisk][] {
  return Object.entries(devices)
    .filter(([, device]) => device["type"] === "disk")
    .map(([name, device]) => {
      if (device["path"] !== "/") throw invalid(owner, name, 'only the root disk (path "/") is supported');
      const pool = device["pool"];
      if (!pool) throw invalid(owner, name, "the root disk needs the key pool");
      if (device["size"] === undefined || device["size"] === "") return [name, { pool }];
      const size = parseSize(device["size"]);
      if (size === undefined) throw invalid(owner, name, `size "${device["size"]}" must be a size such as 10GiB`);
      return [name, { pool, size }];
    });
}

/** The root disk; there must be exactly one. */
export function readRootDisk(owner: string, devices: Devices): RootDisk {
  const disks = readDisks(owner, devices);
  const [first, second] = disks;
  if (!first)
    throw new LodgeError({
      code: "config_value_invalid",
      message: `${owner} has no root disk; add a device of type disk with path "/" or use the default profile.`,
    });
  if (second) throw invalid(owner, second[0], "there is already another root disk");
  return first[1];
}
