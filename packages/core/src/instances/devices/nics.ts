import type { Devices } from "@lodge/api";
import { invalidDevice } from "./refusal.ts";

export interface Nic {
  /** Name of the device in the configuration. */
  readonly device: string;
  /** Name of the interface inside. */
  readonly interface: string;
  readonly network: string;
  /** Asked for by the user, in lower case; else chosen by the daemon. */
  readonly mac?: string;
}

/** As many as there are places in names of host interfaces. */
export const mostNics = 8;

/** The nics, sorted by device name. Their values have been checked. */
export function readNics(owner: string, devices: Devices): Nic[] {
  const nics = Object.entries(devices)
    .filter(([, device]) => device["type"] === "nic")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, device]) => readNic(owner, name, device));
  const extra = nics[mostNics];
  if (extra) throw invalidDevice(owner, extra.device, `an instance has at most ${mostNics} nics`);
  const twin = nics.find((nic, index) => nics.findIndex((other) => other.interface === nic.interface) < index);
  if (twin) throw invalidDevice(owner, twin.device, `another nic has the name ${twin.interface} inside, too`);
  return nics;
}

function readNic(owner: string, name: string, device: Readonly<Record<string, string>>): Nic {
  const network = device["network"];
  if (!network) throw invalidDevice(owner, name, "a nic needs the key network");
  const mac = device["hwaddr"]?.toLowerCase();
  const inside = device["name"] || name;
  if (!/^[a-z][a-z0-9]{0,14}$/.test(inside)) {
    throw invalidDevice(
      owner,
      name,
      `"${inside}" is no interface name (lower-case letters and digits); set the key name`,
    );
  }
  return { device: name, interface: inside, network, ...(mac && { mac }) };
}
