/** The world outside the fabric. */
import type { Fabric } from "./fabric.ts";
import type { Uplink } from "./host-routes.ts";
import { hostNameServers } from "./name-servers.ts";

/** As last seen. */
export interface Outside {
  readonly uplink: Uplink | undefined;
  /** Bytes: of networks that say nothing of their own. */
  readonly mtu: number;
  readonly nameServers: readonly string[];
}

export async function lookOutside(fabric: Fabric): Promise<Outside> {
  const uplink = await fabric.uplink();
  return { uplink, mtu: uplink?.mtu ?? 1500, nameServers: uplink ? await hostNameServers() : [] };
}

/** In words, for people. */
export function describeUplink(uplink: Uplink | undefined): { connected: boolean; detail: string } {
  if (!uplink) return { connected: false, detail: "The host has no default route." };
  const ways = [uplink.ipv4 && `IPv4 by ${uplink.ipv4}`, uplink.ipv6 && `IPv6 by ${uplink.ipv6}`].filter(Boolean);
  return { connected: true, detail: `${ways.join(", ")}, MTU ${uplink.mtu}` };
}
