import {
  type Config,
  findNetworkKey,
  LodgeError,
  type NetworkConfigKey,
  networkConfigKeys,
  networkNamePattern,
  splitList,
} from "@lodge/api";
import type { NetworkRecord } from "../store.ts";
import { gatewayOf, isIsolated } from "./definition.ts";
import { addressValue, contains, parseSubnet, subnetsOverlap, unroutable } from "./subnets.ts";

export interface NetworkSurroundings {
  readonly others: readonly NetworkRecord[];
  /** See `NetworkDriver.hostNetworks`. */
  readonly hostNetworks: readonly string[];
}

export function checkNetworkName(name: string): void {
  if (networkNamePattern.test(name)) return;
  throw new LodgeError({
    code: "request_invalid",
    message: `"${name}" cannot be the name of a network: use 1 to 15 letters, digits and hyphens, starting with a letter.`,
  });
}

/** Refuses keys and values that a network cannot have, by themselves and together. `auto` has been resolved. */
export function checkNetwork(record: NetworkRecord, { others, hostNetworks }: NetworkSurroundings): void {
  const owner = `network ${record.name}`;
  checkKeys(owner, networkConfigKeys, record.config);
  const gateways = (["ipv4.address", "ipv6.address"] as const).filter((key) => gatewayOf(record.config[key]));
  for (const key of gateways) {
    const gateway = gatewayOf(record.config[key]);
    checkGateway(owner, key, gateway);
    refuseOverlap(owner, key, gateway, { others, hostNetworks });
  }
  checkRanges(owner, record.config);
  checkPeers(owner, record, others);
}

/** Refuses unknown keys and wrong values. `owner` names the object in messages. */
export function checkKeys(owner: string, keys: readonly NetworkConfigKey[], config: Config): void {
  for (const [key, value] of Object.entries(config)) {
    const known = findNetworkKey(keys, key);
    if (!known) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Unknown configuration key "${key}" on ${owner}; docs/reference/networks.md lists the keys.`,
      });
    }
    const problem = value === "" ? undefined : known.check(value);
    if (problem) throw invalid(owner, key, value, problem);
  }
}

function invalid(owner: string, key: string, value: string, problem: string): LodgeError {
  return new LodgeError({
    code: "config_value_invalid",
    message: `Value "${value}" of "${key}" on ${owner} ${problem}.`,
  });
}

function checkGateway(owner: string, key: string, value: string): void {
  const subnet = parseSubnet(value);
  const [host = ""] = value.split("/");
  const address = addressValue(host);
  if (!subnet || address === undefined) throw invalid(owner, key, value, "is no address with prefix length");
  if (subnet.family === "ipv6" && subnet.prefixLength !== 64) {
    throw invalid(owner, key, value, "must have the prefix length 64: instances form their addresses by it");
  }
  const edges = subnet.family === "ipv4" ? [subnet.first, subnet.last] : [subnet.first];
  if (edges.includes(address)) {
    throw invalid(owner, key, value, "must be an address inside the network, not its first or last");
  }
  if (unroutable.some((range) => subnetsOverlap(range, subnet))) {
    throw invalid(
      owner,
      key,
      value,
      "is in a range that is no network's (this host, loopback, link-local or multicast)",
    );
  }
}

function refuseOverlap(owner: string, key: string, value: string, { others, hostNetworks }: NetworkSurroundings): void {
  const own = parseSubnet(value);
  const overlaps = (text: string) => {
    const other = parseSubnet(text);
    return own && other && subnetsOverlap(own, other) ? other : undefined;
  };
  const twin = others.find(({ config }) => overlaps(gatewayOf(config[key])));
  if (twin) {
    throw new LodgeError({
      code: "network_address_taken",
      message: `${key}=${value} of ${owner} overlaps with network "${twin.name}" (${twin.config[key]}); choose other addresses.`,
    });
  }
  // A wider route, as to a company's whole network, leaves room for a more special one: the user has chosen it.
  const route = hostNetworks.find((text) => (overlaps(text)?.prefixLength ?? -1) >= (own?.prefixLength ?? 0));
  if (route) {
    throw new LodgeError({
      code: "network_address_taken",
      message: `${key}=${value} of ${owner} overlaps with ${route}, to which the host has a way already; choose other addresses or "auto".`,
    });
  }
}

function checkRanges(owner: string, config: Config): void {
  const key = "ipv4.dhcp.ranges";
  const network = gatewayOf(config["ipv4.address"]);
  for (const { first, last, text } of dhcpRanges(config)) {
    const inside = contains(network, first) && contains(network, last);
    if (!inside) throw invalid(owner, key, text, `is not inside ${network || "a network without ipv4.address"}`);
    if ((addressValue(first) ?? 0n) > (addressValue(last) ?? 0n))
      throw invalid(owner, key, text, "ends before it begins");
  }
}

/** The ranges of `ipv4.dhcp.ranges`. */
export function dhcpRanges(config: Config): { readonly first: string; readonly last: string; readonly text: string }[] {
  return splitList(config["ipv4.dhcp.ranges"]).map((text) => {
    const [first = "", last = ""] = text.split("-");
    return { first, last, text };
  });
}

function checkPeers(owner: string, record: NetworkRecord, others: readonly NetworkRecord[]): void {
  const key = "bridge.peers";
  const peers = splitList(record.config[key]);
  if (peers.length > 0 && isIsolated(record)) {
    throw invalid(owner, key, peers.join(","), "cannot be: bridge.uplink=none isolates the network");
  }
  const missing = peers.find((peer) => !others.some(({ name }) => name === peer));
  if (missing === record.name) throw invalid(owner, key, missing, "is the network itself");
  if (missing) {
    throw new LodgeError({
      code: "network_not_found",
      message: `Network "${missing}", a peer of ${owner}, does not exist; create it first.`,
    });
  }
}
