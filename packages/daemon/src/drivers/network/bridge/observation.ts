/** What can be seen of ports from outside: counters, leases, neighbours. */
import type { NetworkDefinition, NetworkObservation, NetworkPort, PortState } from "@lodge/core";
import { type RunInside } from "./fabric-namespace.ts";
import { bridgeName, portInterface } from "./interface-names.ts";
import type { Lease } from "./leases.ts";
import { globalAddresses, type Link } from "./links.ts";

/** One line of `ip -j -s link`. */
export type LinkCounters = Pick<Link, "ifname" | "mtu" | "stats64">;

/** One line of `ip -j neigh`. */
export interface Neighbour {
  readonly dst: string;
  readonly lladdr?: string;
  readonly state?: readonly string[];
}

export interface Sighting {
  readonly links: readonly LinkCounters[];
  readonly neighbours: readonly Neighbour[];
  readonly leases: readonly Lease[];
}

/** Undefined for a port that has no interface. What the fabric received, the instance sent. */
export function portState(
  port: NetworkPort,
  network: Pick<NetworkDefinition, "ipv4" | "ipv6">,
  { links, neighbours, leases }: Sighting,
): PortState | undefined {
  const link = links.find(({ ifname }) => ifname === portInterface(port));
  if (!link) return undefined;
  const leased = leases.some(({ mac, ipv4 }) => mac === port.mac && ipv4 === port.ipv4);
  const answers = (address: string) => neighbours.some((neighbour) => isNeighbour(neighbour, address, port.mac));
  const prefixed = (address: string, { [1]: length = "" }: string[]) => [`${address}/${length}`];
  return {
    ipv4: port.ipv4 && (leased || answers(port.ipv4)) ? prefixed(port.ipv4, network.ipv4.split("/")) : [],
    ipv6: port.ipv6 && answers(port.ipv6) ? prefixed(port.ipv6, network.ipv6.split("/")) : [],
    mtu: link.mtu ?? 0,
    hostInterface: link.ifname,
    bytesReceived: link.stats64?.tx.bytes ?? 0,
    bytesSent: link.stats64?.rx.bytes ?? 0,
    packetsReceived: link.stats64?.tx.packets ?? 0,
    packetsSent: link.stats64?.rx.packets ?? 0,
  };
}

function isNeighbour({ dst, lladdr, state }: Neighbour, address: string, mac: string): boolean {
  return dst === address && lladdr === mac && !state?.some((each) => each === "FAILED" || each === "INCOMPLETE");
}

/** Undefined without an interface of that name. `links` are all of the fabric's, with counters. */
export function bridgeState(name: string, links: readonly Link[]): NetworkObservation | undefined {
  const bridge = links.find(({ ifname }) => ifname === name);
  if (!bridge) return undefined;
  return {
    mac: bridge.address ?? "",
    mtu: bridge.mtu ?? 0,
    up: bridge.flags?.includes("UP") ?? false,
    addresses: globalAddresses(bridge),
    ports: links.filter(({ master }) => master === name).map(({ ifname }) => ifname),
    bytesReceived: bridge.stats64?.rx.bytes ?? 0,
    bytesSent: bridge.stats64?.tx.bytes ?? 0,
    packetsReceived: bridge.stats64?.rx.packets ?? 0,
    packetsSent: bridge.stats64?.tx.packets ?? 0,
  };
}

/**
 * Looks once at all interfaces and neighbours. The kernel knows only neighbours it has spoken to, so it is made to ask for those
 * that were not seen before; what answers at once is in this look, what takes longer in the next.
 */
export async function look(inside: RunInside, unseen: readonly NetworkPort[]): Promise<Omit<Sighting, "leases">> {
  const questions = unseen.flatMap(({ network, ipv4, ipv6 }) =>
    [ipv4, ipv6].filter(Boolean).map((address) => `neigh replace ${address} dev ${bridgeName(network)} use`),
  );
  const input = [...questions, "link show", "neigh show"].map((line) => `${line}\n`).join("");
  const output = await inside("ip", ["-j", "-s", "-force", "-batch", "-"], { input, code: "network_failed" });
  const [links = [], neighbours = []] = output
    .split(/\n(?=\[)/)
    .filter((text) => text.trim().startsWith("["))
    .map((text) => JSON.parse(text) as unknown[]);
  return { links: links as LinkCounters[], neighbours: neighbours as Neighbour[] };
}
