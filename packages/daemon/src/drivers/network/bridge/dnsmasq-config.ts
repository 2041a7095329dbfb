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

/** `user` is the account that dnsmasq drops to. */
export function dnsmasqConfig(network: NetworkDefinition, files: NetworkFiles, mtu: number, user: string): string {
  const [gateway] = network.ipv4.split("/");
  const lines = [
    `user=${user}`,
    "pid-file=",
    `interface=${bridgeName(network.name)}`,
    "except-interface=lo",
    "bind-interfaces",
    // Names: those of instances, then the host's name servers; nothing of the host's own files.
    "no-hosts",
    `resolv-file=${files.upstream}`,
    `hostsdir=${files.names}`,
    `domain=${network.domain}`,
    `local=/${network.domain}/`,
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
    ...(network.ipv4 ? ipv4Lines(network, gateway ?? "", mtu) : []),
    ...(network.ipv6
      ? ["enable-ra", `dhcp-range=${networkPrefix(network.ipv6).replace("/", ",ra-only,")},infinite`]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

function ipv4Lines(network: NetworkDefinition, gateway: string, mtu: number): string[] {
  const [address = "", prefixLength = ""] = networkPrefix(network.ipv4).split("/");
  return [
    `dhcp-range=${address},static,${netmask(Number(prefixLength))},infinite`,
    `dhcp-option=option:router,${gateway}`,
    `dhcp-option=option:dns-server,${gateway}`,
    `dhcp-option=option:domain-search,${network.domain}`,
    ...(mtu === 1500 ? [] : [`dhcp-option=option:mtu,${mtu}`]),
  ];
}

function netmask(prefixLength: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefixLength - before)))).join(".");
}
