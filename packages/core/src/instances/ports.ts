import { type Config, type Devices, LodgeError } from "@lodge/api";
import { eui64Address, freeIpv4Address, generateMac } from "../networks/addresses.ts";
import { dhcpRanges } from "../networks/configuration.ts";
import { gatewayOf } from "../networks/definition.ts";
import type { Port } from "../networks/network.ts";
import { contains } from "../networks/subnets.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import { type Nic, readNics } from "./devices/nics.ts";

const macKey = (device: string) => `volatile.${device}.hwaddr`;
const addressKey = (device: string) => `volatile.${device}.ipv4_address`;
const indexKey = (device: string) => `volatile.${device}.index`;

export interface AddressBook {
  readonly networks: ReadonlyMap<string, NetworkRecord>;
  /** Every other instance's configuration: what is taken. */
  readonly others: readonly Config[];
  readonly random: () => number;
}

/**
 * Volatile keys for those nics that have none yet or none that still fits: a MAC, a reserved IPv4 address, and the index that a nic
 * keeps while others come and go, for its interface on the host is named by it.
 */
export function reserveAddresses(owner: string, devices: Devices, own: Config, book: AddressBook): Config {
  const nics = readNics(owner, devices);
  const indexes = new Set(nics.map((nic) => own[indexKey(nic.device)]));
  const reserved: Config = {};
  for (const nic of nics) {
    if (own[indexKey(nic.device)] === undefined) {
      const index = String(nics.findIndex((_, candidate) => !indexes.has(String(candidate))));
      indexes.add(index);
      reserved[indexKey(nic.device)] = index;
    }
    const network = networkOf(owner, nic, book);
    if (nic.mac === undefined && own[macKey(nic.device)] === undefined) {
      reserved[macKey(nic.device)] = generateMac(book.random, takenValues([...book.others, own, reserved], ".hwaddr"));
    }
    const subnet = gatewayOf(network.config["ipv4.address"]);
    // One of another network, or of what this one was before, counts no more.
    if (subnet && !contains(subnet, own[addressKey(nic.device)] ?? "")) {
      const taken = takenValues([...book.others, own, reserved], ".ipv4_address");
      const address = freeIpv4Address(subnet, taken, dhcpRanges(network.config));
      if (address === undefined) {
        throw new LodgeError({
          code: "network_exhausted",
          message: `Network "${nic.network}" has no free IPv4 address for ${owner}; delete instances or use another network.`,
        });
      }
      reserved[addressKey(nic.device)] = address;
    }
  }
  return reserved;
}

function networkOf(owner: string, nic: Nic, book: AddressBook): NetworkRecord {
  const network = book.networks.get(nic.network);
  if (!network)
    throw new LodgeError({
      code: "network_not_found",
      message: `Network "${nic.network}" of nic "${nic.device}" of ${owner} does not exist.`,
    });
  return network;
}

function takenValues(configs: readonly Config[], suffix: string): Set<string> {
  const values = configs.flatMap((config) =>
    Object.entries(config).filter(([key]) => key.startsWith("volatile.") && key.endsWith(suffix)),
  );
  return new Set(values.map(([, value]) => value));
}

/** The ports of an instance whose addresses are reserved. */
export function portsOf(
  record: InstanceRecord,
  devices: Devices,
  networks: ReadonlyMap<string, NetworkRecord>,
): Port[] {
  const owner = `instance ${record.name}`;
  return readNics(owner, devices).map((nic, index) => {
    const network = networkOf(owner, nic, { networks, others: [], random: Math.random });
    const mac = nic.mac ?? record.config[macKey(nic.device)] ?? "";
    return {
      network: nic.network,
      instance: record.id,
      hostname: record.name,
      device: nic.device,
      ...(nic.interface !== nic.device && { interface: nic.interface }),
      index: Number(record.config[indexKey(nic.device)] ?? index),
      mac,
      ipv4: gatewayOf(network.config["ipv4.address"]) && (record.config[addressKey(nic.device)] ?? ""),
      ipv6: eui64Address(gatewayOf(network.config["ipv6.address"]), mac),
    };
  });
}
