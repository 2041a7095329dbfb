/** What can be seen of nics in the LAN: of a container's from inside, of a VM's what the host's neighbour table says. */
import type { LanPort, PortState } from "@lodge/core";
import type { Link } from "../links.ts";
import type { Neighbour } from "../observation.ts";

export interface Surroundings {
  /** The host's end. */
  readonly host: Link | undefined;
  /** Interfaces where a container's end is. */
  readonly inside: readonly Link[];
  /** Of the parent. */
  readonly neighbours: readonly Neighbour[];
}

export interface LanPortLink {
  readonly port: LanPort;
  readonly name: string;
  readonly ifindex?: number;
}

/** Undefined when nothing is there. */
export function lanState({ port, name, ifindex }: LanPortLink, seen: Surroundings): PortState | undefined {
  const inside = seen.inside.find((link) => link.ifindex === (ifindex ?? seen.host?.link_index));
  const link = inside ?? seen.host;
  if (!link) return undefined;
  const addresses = inside
    ? inside.addr_info.filter(({ scope }) => scope === "global").map(({ local, prefixlen }) => `${local}/${prefixlen}`)
    : seen.neighbours.filter((neighbour) => isOf(neighbour, port)).map(({ dst }) => dst);
  const { rx, tx } = link.stats64 ?? { rx: nothing, tx: nothing };
  // The end of a tap on the host's bridge receives what the guest sends; all other ends count as the instance does.
  const [received, sent] = !inside && port.mode === "bridged" ? [tx, rx] : [rx, tx];
  return {
    ipv4: addresses.filter((address) => !address.includes(":")),
    ipv6: addresses.filter((address) => address.includes(":") && !address.startsWith("fe80:")),
    mtu: link.mtu ?? 0,
    hostInterface: seen.host ? name : "",
    bytesReceived: received.bytes,
    bytesSent: sent.bytes,
    packetsReceived: received.packets,
    packetsSent: sent.packets,
  };
}

const nothing = { bytes: 0, packets: 0 };

function isOf({ lladdr, state }: Neighbour, { mac }: LanPort): boolean {
  return lladdr === mac && !state?.some((each) => each === "FAILED" || each === "INCOMPLETE");
}
