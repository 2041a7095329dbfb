/** The interfaces of the fabric, as `ip` commands that lead from what is there to what is wanted. */
import { createHash } from "node:crypto";
import { formatIpv4, type NetworkDefinition, networkPrefix, parseIpv4 } from "@lodge/core";
import type { Route } from "./host-routes.ts";
import { bridgeName, fabricLink, hostLink } from "./interface-names.ts";
import { globalAddresses, type Link } from "./links.ts";

/** Both ends of the veth pair between host and fabric. */
export interface HostLink {
  readonly tag: string;
  readonly fabricPath: string;
  readonly mtu: number;
  /** The host's end, `10.1.2.1/30`; the fabric's is the next address. */
  readonly ipv4: string;
  /** The kernel knows IPv6. */
  readonly ipv6: boolean;
}

export interface LinkEnds {
  readonly host: string;
  readonly fabric: string;
  readonly prefixLength: number;
}

export function ipv4Ends(ipv4: string): LinkEnds {
  const [host = "", prefixLength] = ipv4.split("/");
  return { host, fabric: formatIpv4((parseIpv4(host) ?? 0) + 1), prefixLength: Number(prefixLength) };
}

/** A unique local network that follows from the tag. */
export function ipv6Ends(tag: string): LinkEnds {
  const prefix = `fd10:d6${tag.slice(0, 2)}:${tag.slice(2)}:ffff:`;
  return { host: `${prefix}:1`, fabric: `${prefix}:2`, prefixLength: 126 };
}

/** On the host: the link, unless it is there and leads to the fabric. */
export function linkCommands(link: HostLink, here: readonly Link[], inFabric: readonly Link[]): string[] {
  const name = hostLink(link.tag);
  const present = here.some(({ ifname }) => ifname === name);
  const joined = present && inFabric.some(({ ifname }) => ifname === fabricLink);
  return [
    ...(present && !joined ? [`link del dev ${name}`] : []),
    ...(joined ? [] : [`link add name ${name} type veth peer name ${fabricLink} netns ${link.fabricPath}`]),
    `link set dev ${name} mtu ${link.mtu} up`,
  ];
}

/** On the host: addresses of our end of the link, and the ways to the networks. */
export function hostCommands(link: HostLink, networks: readonly NetworkDefinition[]): string[] {
  const name = hostLink(link.tag);
  const [ipv4, ipv6] = [ipv4Ends(link.ipv4), ipv6Ends(link.tag)];
  return [
    `addr replace ${ipv4.host}/${ipv4.prefixLength} dev ${name}`,
    ...(link.ipv6 ? [`addr replace ${ipv6.host}/${ipv6.prefixLength} dev ${name} nodad`] : []),
    ...reachablePrefixes(networks).map(
      (prefix) => `route replace ${prefix} via ${prefix.includes(":") ? ipv6.fabric : ipv4.fabric} dev ${name}`,
    ),
  ];
}

/** On the host: ways to networks that are gone, have other addresses now, or are not to be reached. */
export function staleRoutes(link: HostLink, networks: readonly NetworkDefinition[], known: readonly Route[]): string[] {
  const name = hostLink(link.tag);
  const wanted = reachablePrefixes(networks);
  return known
    .filter(({ dev, dst, gateway }) => dev === name && gateway !== undefined && !wanted.includes(dst))
    .map(({ dst }) => `route del ${dst} dev ${name}`);
}

function reachablePrefixes(networks: readonly NetworkDefinition[]): string[] {
  const reachable = networks.filter(({ isolated }) => !isolated);
  return reachable.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].map(networkPrefix)).filter(Boolean);
}

/** In the fabric: the other end. Only a fabric from which something may go beyond the host knows a way there. */
export function fabricCommands(link: HostLink, open: boolean): string[] {
  const [ipv4, ipv6] = [ipv4Ends(link.ipv4), ipv6Ends(link.tag)];
  return [
    "link set dev lo up",
    `link set dev ${fabricLink} mtu ${link.mtu} up`,
    `addr replace ${ipv4.fabric}/${ipv4.prefixLength} dev ${fabricLink}`,
    ...(link.ipv6 ? [`addr replace ${ipv6.fabric}/${ipv6.prefixLength} dev ${fabricLink} nodad`] : []),
    ...(open ? [`route replace default via ${ipv4.host} dev ${fabricLink}`] : []),
    ...(open && link.ipv6 ? [`route replace default via ${ipv6.host} dev ${fabricLink}`] : []),
  ];
}

/**
 * A network's bridge. Its MAC and link-local address are given, so that neither changes when ports come and go. `mtu` is that of the
 * uplink.
 */
export function bridgeCommands(network: NetworkDefinition, mtu: number, inFabric: readonly Link[]): string[] {
  const name = bridgeName(network.name);
  const bridge = inFabric.find(({ ifname }) => ifname === name);
  const wanted = [network.ipv4, network.ipv6].filter(Boolean);
  const old = globalAddresses(bridge).filter((address) => !wanted.includes(address));
  return [
    ...(bridge
      ? []
      : [`link add name ${name} address ${bridgeMac(name)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`]),
    `link set dev ${name} mtu ${network.mtu ?? mtu} addrgenmode none`,
    ...old.map((address) => `addr del ${address} dev ${name}`),
    ...(network.ipv4 ? [`addr replace ${network.ipv4} dev ${name}`] : []),
    ...(network.ipv6
      ? [`addr replace fe80::1/64 dev ${name} nodad`, `addr replace ${network.ipv6} dev ${name} nodad`]
      : []),
    `link set dev ${name} up`,
  ];
}

/** Another prefix than that of instances' MACs. */
function bridgeMac(name: string): string {
  const digest = createHash("sha256").update(name).digest("hex");
  return `02:10:d7:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}
