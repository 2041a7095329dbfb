/** Interfaces of ports: the pair of a container, the tap of a VM. */
import { LodgeError } from "@lodge/api/errors";
import type { NetworkPort, NicPlace } from "@lodge/core";
import { type RunInside, runInside } from "./fabric-namespace.ts";
import { bridgeName, detourInterface, portInterface } from "./interface-names.ts";
import { ipBatch, ipRemove, isGone, type Link, listLinks } from "./links.ts";

/** One batch that makes the interface and joins it to its bridge. The far end is made in its place, which is faster than moving it there. */
export function attachCommands(port: NetworkPort, place: NicPlace, mtu: number): string[] {
  const isMade = place.kind === "tap" && place.made;
  return [...(isMade ? [] : [makeCommand(port, place, mtu)]), ...joinCommands(port, place, mtu)];
}

function makeCommand(port: NetworkPort, place: NicPlace, mtu: number): string {
  const name = portInterface(port);
  if (place.kind === "tap") return `tuntap add dev ${name} mode tap user ${place.uid} vnet_hdr`;
  return `link add name ${name} mtu ${mtu} type veth peer name ${port.interface ?? port.device} address ${port.mac} mtu ${mtu} netns ${place.path}`;
}

function joinCommands(port: NetworkPort, place: NicPlace, mtu: number): string[] {
  const name = portInterface(port);
  return [
    // No IPv6 of its own: the bridge speaks for the host's side.
    `link set dev ${name} addrgenmode none${place.kind === "tap" ? ` mtu ${mtu}` : ""}`,
    `link set dev ${name} master ${bridgeName(port.network)} up`,
  ];
}

/** Idempotent: what is there and fits is kept, because the instance may be using it. */
export async function attachLink(inside: RunInside, port: NetworkPort, place: NicPlace, mtu: number): Promise<void> {
  try {
    await ipBatch(inside, attachCommands(port, place, mtu));
  } catch (error) {
    const present = (await listLinks(inside)).find(({ ifname }) => ifname === portInterface(port));
    if (!present) throw error;
    if (await fits(present, port, place)) await ipBatch(inside, joinCommands(port, place, mtu));
    else {
      await ipRemove(inside, [`link del dev ${portInterface(port)}`]);
      await ipBatch(inside, attachCommands(port, place, mtu));
    }
  }
}

async function fits(present: Link, port: NetworkPort, place: NicPlace): Promise<boolean> {
  if (place.kind === "tap") {
    const { type, user } = present.linkinfo?.info_data ?? {};
    return type === "tap" && Number(user) === place.uid;
  }
  const there = (await listLinks(runInside(place.path))).find(
    ({ ifname }) => ifname === (port.interface ?? port.device),
  );
  return there?.link_index === present.ifindex && there.address === port.mac && there.ifindex === present.link_index;
}

/** Takes interfaces away, and what the kernel remembers of the addresses behind them. Idempotent. */
export async function detachLinks(inside: RunInside, ports: readonly NetworkPort[]): Promise<void> {
  const neighbours = ports.flatMap(({ network, ipv4, ipv6 }) =>
    [ipv4, ipv6].filter(Boolean).map((address) => `neigh del ${address} dev ${bridgeName(network)}`),
  );
  const links = ports.flatMap((port) => [portInterface(port), ...(port.limits?.egress ? [detourInterface(port)] : [])]);
  await removeAll(inside, [...links.map((name) => `link del dev ${name}`), ...neighbours]);
}

/** One process for all; it goes on after what is gone already. */
async function removeAll(inside: RunInside, lines: readonly string[]): Promise<void> {
  try {
    await inside("ip", ["-force", "-batch", "-"], { input: `${lines.join("\n")}\n`, code: "network_failed" });
  } catch (error) {
    const complaints = error instanceof Error ? error.message.split("\n") : [];
    if (!(error instanceof LodgeError) || complaints.some(isSerious)) throw error;
  }
}

/** Others change the fabric meanwhile, and `ip` says so: what it was told to take away is gone all the same. */
export function isSerious(complaint: string): boolean {
  const harmless = /^(.*: )?(Command failed -:\d+|Dump was interrupted and may be inconsistent\.?)$/;
  return !isGone(new Error(complaint)) && !harmless.test(complaint);
}
