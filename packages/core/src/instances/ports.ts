import { type Config, type Devices, LodgeError } from "@lodge/api";
import { eui64Address, freeIpv4Address, generateMac } from "../networks/addresses.ts";
import { dhcpRanges } from "../networks/configuration.ts";
import { gatewayOf } from "../networks/definition.ts";
import type { Port } from "../networks/network.ts";
import { contains } from "../networks/subnets.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import { isNetworkNic, type NetworkNic, type Nic, onManagedNetworks, readNics } from "./devices/nics.ts";
import { checkFixedAddresses, type HolderOf } from "./fixed-addresses.ts";

const macKey = (device: string) => `volatile.${device}.hwaddr`;
const ipv4Key = (device: string) => `volatile.${device}.ipv4_address`;
const ipv6Key = (device: string) => `volatile.${device}.ipv6_address`;
const indexKey = (device: string) => `volatile.${device}.index`;

export interface AddressBook {
  readonly networks: ReadonlyMap<string, NetworkRecord>;
  /** Every other instance: what is taken. */
  readonly others: readonly Pick<InstanceRecord, "name" | "config">[];
  readonly random: () => number;
}

/**
 * Volatile keys for those nics that have none yet or none that still fits: the MAC, addresses reserved on the network, and the index
 * that a nic keeps while others come and go, for its interface on the host is named by it.
 */
export function reserveAddresses(owner: string, devices: Devices, own: Config, book: AddressBook): Config {
  const nics = readNics(owner, managed(devices, book));
  const indexes = new Set(nics.map((nic) => own[indexKey(nic.device)]));
  const reserved: Config = {};
  for (const nic of nics) {
    if (own[indexKey(nic.device)] === undefined) {
      const index = String(nics.findIndex((_, candidate) => !indexes.has(String(candidate))));
      indexes.add(index);
      reserved[indexKey(nic.device)] = index;
    }
    Object.assign(reserved, reserveFor(owner, nic, { own: { ...own, ...reserved }, book }));
  }
  return Object.fromEntries(Object.entries(reserved).filter(([key, value]) => own[key] !== value));
}

function reserveFor(owner: string, nic: Nic, { own, book }: { own: Config; book: AddressBook }): Config {
  const elsewhere = { ...own };
  for (const key of [macKey, ipv4Key, ipv6Key]) delete elsewhere[key(nic.device)];
  const holders = [...book.others, { name: "", config: elsewhere }];
  const taken: HolderOf = (suffix) => takenValues(holders, suffix);
  const mac = nic.mac ?? own[macKey(nic.device)] ?? generateMac(book.random, new Set(taken(".hwaddr").keys()));
  if (!isNetworkNic(nic)) {
    checkFixedAddresses(owner, nic, undefined, taken);
    refuseManagedParent(owner, nic.device, nic.parent, book);
    return { [macKey(nic.device)]: mac };
  }
  const network = networkOf(owner, nic, book);
  checkFixedAddresses(owner, nic, network, taken);
  const ipv4 = nic.ipv4 ?? reservedIpv4(owner, nic, network, own, new Set(taken(".ipv4_address").keys()));
  return {
    [macKey(nic.device)]: mac,
    ...(ipv4 && { [ipv4Key(nic.device)]: ipv4 }),
    ...(nic.ipv6 && { [ipv6Key(nic.device)]: nic.ipv6 }),
  };
}

/** Undefined on a network without IPv4. One of another network, or of what this one was before, counts no more. */
function reservedIpv4(
  owner: string,
  nic: NetworkNic,
  network: NetworkRecord,
  own: Config,
  taken: ReadonlySet<string>,
): string | undefined {
  const subnet = gatewayOf(network.config["ipv4.address"]);
  if (!subnet) return undefined;
  const present = own[ipv4Key(nic.device)] ?? "";
  if (contains(subnet, present) && !subnet.startsWith(`${present}/`)) return present;
  const free = freeIpv4Address(subnet, taken, dhcpRanges(network.config));
  if (free) return free;
  throw new LodgeError({
    code: "network_exhausted",
    message: `Network "${nic.network}" has no free IPv4 address for ${owner}; delete instances or use another network.`,
  });
}

const managed = (devices: Devices, { networks }: Pick<AddressBook, "networks">): Devices =>
  onManagedNetworks(devices, (name) => networks.has(name));

function networkOf(owner: string, nic: NetworkNic, book: Pick<AddressBook, "networks">): NetworkRecord {
  const network = book.networks.get(nic.network);
  if (!network)
    throw new LodgeError({
      code: "network_not_found",
      message: `Network "${nic.network}" of nic "${nic.device}" of ${owner} does not exist.`,
    });
  return network;
}

/** What is not the bridge itself that stands for the network: those are not among the host's interfaces. */
function refuseManagedParent(owner: string, device: string, parent: string, { networks }: AddressBook): void {
  if (!networks.has(parent)) return;
  throw new LodgeError({
    code: "network_parent_invalid",
    message: `Parent "${parent}" of nic "${device}" of ${owner} is a managed network; use network=${parent} in place of nictype and parent.`,
  });
}

/** Each value with the name of the instance that has it. */
function takenValues(holders: AddressBook["others"], suffix: string): Map<string, string> {
  const entries = holders.flatMap(({ name, config }) =>
    Object.entries(config)
      .filter(([key]) => key.startsWith("volatile.") && key.endsWith(suffix))
      .map(([, value]) => [value, name] as const),
  );
  return new Map(entries);
}

/** Projects share networks: in DNS an instance of another than the default one has its project behind its name, `web.blue`. */
const hostnameOf = ({ name, project }: InstanceRecord): string => (project === "default" ? name : `${name}.${project}`);

/** The ports of an instance whose addresses are reserved. */
export function portsOf(
  record: InstanceRecord,
  devices: Devices,
  networks: ReadonlyMap<string, NetworkRecord>,
): Port[] {
  const owner = `instance ${record.name}`;
  return readNics(owner, managed(devices, { networks })).map((nic, index) => {
    const mac = nic.mac ?? record.config[macKey(nic.device)] ?? "";
    const port = {
      instance: record.id,
      hostname: hostnameOf(record),
      device: nic.device,
      ...(nic.interface !== nic.device && { interface: nic.interface }),
      index: Number(record.config[indexKey(nic.device)] ?? index),
      mac,
      ...(nic.mtu !== undefined && { mtu: nic.mtu }),
      filter: nic.filter,
      ...(nic.limits && { limits: nic.limits }),
    };
    if (!isNetworkNic(nic)) {
      return { ...port, parent: nic.parent, mode: nic.mode, ipv4: nic.ipv4 ?? "", ipv6: nic.ipv6 ?? "" };
    }
    const { config } = networkOf(owner, nic, { networks });
    return {
      ...port,
      network: nic.network,
      ipv4: gatewayOf(config["ipv4.address"]) && (record.config[ipv4Key(nic.device)] ?? ""),
      ipv6: nic.ipv6 ?? eui64Address(gatewayOf(config["ipv6.address"]), mac),
    };
  });
}
