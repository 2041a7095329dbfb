/** Configuration of the one dnsmasq of a network: addresses by DHCP and router advertisements, and names. */
import { join } from "node:path";
import { type NetworkDefinition, networkPrefix } from "@lodge/core";
import { bridgeName } from "./interface-names.ts";

/** Where dnsmasq finds what changes while it runs. */
export interface NetworkFiles {
  /** A file an instance's nic: which MAC gets which address. */
  readonly reservations: string;
  /** A file an instance's nic: names and addresses. */
  readonly names: string;
  readonly leases: string;
  /** Name servers outside, in the form of resolv.conf. */
  readonly upstream: string;
}

export function networkFiles(directory: string): NetworkFiles {
  return {
    reservations: join(directory, "reservations"),
    names: join(directory, "names"),
    leases: join(directory, "leases"),
    upstream: join(directory, "upstream.conf"),
  };
}

export interface DnsmasqSetting {
  readonly network: NetworkDefinition;
  readonly files: NetworkFiles;
  /** Networks whose instances are known by name, too. */
  readonly peers: readonly { readonly domain: string /** Directory. */; readonly names: string }[];
  readonly mtu: number;
  /** The account that dnsmasq drops to. */
  readonly user: string;
}

export function dnsmasqConfig({ network, files, peers, mtu, user }: DnsmasqSetting): string {
  const domains = new Set([network.domain, ...peers.map(({ domain }) => domain)]);
  const lines = [
    `user=${user}`,
    "pid-file=",
    `interface=${bridgeName(network.name)}`,
    "except-interface=lo",
    "bind-interfaces",
    // Names: those of instances, then the host's name servers; nothing of the host's own files. What could ask a server outside
    // could also tell it something: an isolated network does not ask.
    "no-hosts",
    network.isolated ? "no-resolv" : `resolv-file=${files.upstream}`,
    ...[...(network.names ? [files.names] : []), ...peers.map(({ names }) => names)].map((path) => `hostsdir=${path}`),
    `domain=${network.domain}`,
    ...[...domains].map((domain) => `local=/${domain}/`),
    "domain-needed",
    "bogus-priv",
    // Addresses: reserved ones for known MACs. What a guest calls itself is not believed, and clones that kept the client
    // identifier of their original are told apart by MAC.
    `dhcp-hostsdir=${files.reservations}`,
    `dhcp-leasefile=${files.leases}`,
    "dhcp-ignore=tag:!known",
    "dhcp-ignore-names",
    "dhcp-ignore-clid",
    "dhcp-authoritative",
    "no-ping",
    "quiet-dhcp",
    "quiet-dhcp6",
    "quiet-ra",
    ...(network.ipv4 && network.dhcp ? ipv4Lines(network, mtu) : []),
    ...(network.ipv6 ? ipv6Lines(network) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function ipv4Lines(network: NetworkDefinition, mtu: number): string[] {
  const [gateway = ""] = network.ipv4.split("/");
  const [address = "", prefixLength = ""] = networkPrefix(network.ipv4).split("/");
  return [
    `dhcp-range=${address},static,${netmask(Number(prefixLength))},infinite`,
    // Without a value it is not sent: there is no way out of an isolated network.
    network.isolated ? "dhcp-option=option:router" : `dhcp-option=option:router,${gateway}`,
    `dhcp-option=option:dns-server,${gateway}`,
    `dhcp-option=option:domain-search,${network.search.join(",")}`,
    ...(mtu === 1500 ? [] : [`dhcp-option=option:mtu,${mtu}`]),
  ];
}

function ipv6Lines(network: NetworkDefinition): string[] {
  const [address, prefixLength] = networkPrefix(network.ipv6).split("/");
  return [
    "enable-ra",
    `dhcp-range=${address},${network.dhcpv6 ? "static" : "ra-only"},${prefixLength},infinite`,
    `dhcp-option=option6:domain-search,${network.search.join(",")}`,
    // The usual interval, and a lifetime as router of 0: there is no way out of an isolated network.
    ...(network.isolated ? [`ra-param=${bridgeName(network.name)},600,0`] : []),
  ];
}

function netmask(prefixLength: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixLength - before)))).join(".");
}
