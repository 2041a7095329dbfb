/** Interfaces of nics in the LAN, as `ip` commands on the host. */
import type { LanPort, NicPlace } from "@lodge/core";

export interface LanLink {
  readonly port: LanPort;
  /** Of the host's end; a container's macvlan has none. */
  readonly name: string;
  readonly place: NicPlace;
  readonly mtu: number;
}

/** The name inside a container. */
export const insideName = ({ interface: inside, device }: LanPort): string => inside ?? device;

/** A container's macvlan is made where it is used: nothing of it is among the host's interfaces. */
export const isInside = (mode: LanPort["mode"], place: NicPlace): boolean =>
  mode === "macvlan" && place.kind === "namespace";

export function makeCommands({ port, name, place, mtu }: LanLink): string[] {
  const { parent, mac } = port;
  if (place.kind === "namespace") {
    const inside = `${insideName(port)} address ${mac} mtu ${mtu} netns ${place.path}`;
    return port.mode === "macvlan"
      ? [`link add link ${parent} name ${inside} type macvlan mode bridge`]
      : [`link add name ${name} mtu ${mtu} type veth peer name ${inside}`, ...joinCommands(name, parent, "")];
  }
  return port.mode === "macvlan"
    ? [
        `link add link ${parent} name ${name} address ${mac} mtu ${mtu} type macvtap mode bridge`,
        `link set dev ${name} addrgenmode none up`,
      ]
    : [`tuntap add dev ${name} mode tap user ${place.uid} vnet_hdr`, ...joinCommands(name, parent, ` mtu ${mtu}`)];
}

function joinCommands(name: string, parent: string, more: string): string[] {
  return [`link set dev ${name} addrgenmode none${more}`, `link set ${name} master ${parent} up`];
}
