import { type Devices, isTrue } from "@lodge/api";
import type { NicLimits, PortFilter } from "../../networks/network.ts";
import { normalAddress } from "../../networks/subnets.ts";
import { nicLimits } from "./io-limits.ts";
import { invalidDevice } from "./refusal.ts";

interface NicSettings {
  /** Name of the device in the configuration. */
  readonly device: string;
  /** Name of the interface inside. */
  readonly interface: string;
  /** Asked for by the user, in lower case; else chosen by the daemon. */
  readonly mac?: string;
  readonly mtu?: number;
  /** Asked for by the user. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly filter: PortFilter;
  readonly limits?: NicLimits;
}

/** On a managed network. */
export interface NetworkNic extends NicSettings {
  readonly network: string;
}

/** On an interface of the host. */
export interface LanNic extends NicSettings {
  readonly parent: string;
  readonly mode: "bridged" | "macvlan";
}

export type Nic = NetworkNic | LanNic;

export const isNetworkNic = (nic: Nic): nic is NetworkNic => "network" in nic;

/** As many as there are places in names of host interfaces. */
export const mostNics = 8;

/**
 * As `readNics` takes them: what has the bridge of a managed network for its parent, as LXD's client writes it into profiles, has that
 * network.
 */
export function onManagedNetworks(devices: Devices, isNetwork: (name: string) => boolean): Devices {
  const entries = Object.entries(devices).map(([name, device]) => {
    const { nictype, parent = "", ...others } = device;
    const isOne = device["type"] === "nic" && nictype === "bridged" && !device["network"] && isNetwork(parent);
    return [name, isOne ? { ...others, network: parent } : device] as const;
  });
  return Object.fromEntries(entries);
}

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

type Device = Readonly<Record<string, string>>;

function readNic(owner: string, name: string, device: Device): Nic {
  const mac = device["hwaddr"]?.toLowerCase();
  const [ipv4, ipv6] = ["ipv4.address", "ipv6.address"].map((key) => normalAddress(device[key] ?? ""));
  const settings: Omit<NicSettings, "filter"> = {
    device: name,
    interface: readInterface(owner, name, device),
    ...(mac && { mac }),
    ...(device["mtu"] && { mtu: Number(device["mtu"]) }),
    ...(ipv4 && { ipv4 }),
    ...(ipv6 && { ipv6 }),
    ...nicLimits(device),
  };
  const { network, parent, nictype } = device;
  if (network) {
    if (parent || nictype)
      throw invalidDevice(owner, name, "it has a network and cannot have a parent and nictype, too");
    return { ...settings, network, filter: readFilter(owner, name, device, { ipv4: true, ipv6: true }) };
  }
  if (!parent || !nictype) {
    throw invalidDevice(owner, name, "it needs the key network, or nictype and parent for an interface of the host");
  }
  if (nictype === "bridged") {
    const known = { ipv4: ipv4 !== undefined, ipv6: ipv6 !== undefined };
    return { ...settings, parent, mode: "bridged", filter: readFilter(owner, name, device, known) };
  }
  refuseOfMacvlan(owner, name, device);
  return { ...settings, parent, mode: "macvlan", filter: { mac: false, ipv4: false, ipv6: false } };
}

function readInterface(owner: string, name: string, device: Device): string {
  const inside = device["name"] || name;
  if (/^[a-z][a-z0-9]{0,14}$/.test(inside)) return inside;
  throw invalidDevice(
    owner,
    name,
    `"${inside}" is no interface name (lower-case letters and digits); set the key name`,
  );
}

/** `known`: whether there is an address to filter by. */
function readFilter(
  owner: string,
  name: string,
  device: Device,
  known: { readonly ipv4: boolean; readonly ipv6: boolean },
): PortFilter {
  const mac = isTrue(device["security.mac_filtering"] || "true");
  const filters = (["ipv4", "ipv6"] as const).map((family) => {
    const asked = device[`security.${family}_filtering`];
    const filter = asked ? isTrue(asked) : mac && known[family];
    if (filter && !mac) {
      throw invalidDevice(owner, name, `security.${family}_filtering needs security.mac_filtering, which is off`);
    }
    if (filter && !known[family]) {
      throw invalidDevice(owner, name, `security.${family}_filtering needs the key ${family}.address`);
    }
    return [family, filter] as const;
  });
  return { mac, ipv4: false, ipv6: false, ...Object.fromEntries(filters) };
}

function refuseOfMacvlan(owner: string, name: string, device: Device): void {
  const address = ["ipv4.address", "ipv6.address"].find((key) => device[key]);
  if (address) throw invalidDevice(owner, name, `${address} is not for nictype=macvlan: its addresses are the LAN's`);
  const filter = ["mac", "ipv4", "ipv6"].find((each) => isTrue(device[`security.${each}_filtering`]));
  if (filter) {
    throw invalidDevice(
      owner,
      name,
      `security.${filter}_filtering is not for nictype=macvlan, which cannot filter; use nictype=bridged or a network`,
    );
  }
}
