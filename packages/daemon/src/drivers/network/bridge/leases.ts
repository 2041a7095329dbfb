/** The leases that dnsmasq gave: its file, and the message by which a client gives one back. */
import { readFile } from "node:fs/promises";
import { parseIpv4 } from "@lodge/core";
import type { RunInside } from "./fabric-namespace.ts";

export interface Lease {
  readonly mac: string;
  readonly ipv4: string;
}

/** Lines of `expiry mac address name client-id`. Those of IPv6 follow a line `duid …` and have no MAC there. */
export function parseLeases(text: string): Lease[] {
  return text
    .split("\n")
    .map((line) => line.split(" "))
    .filter(
      ([, mac = "", address = ""]) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && parseIpv4(address) !== undefined,
    )
    .map(([, mac = "", ipv4 = ""]) => ({ mac, ipv4 }));
}

export async function readLeases(file: string): Promise<Lease[]> {
  try {
    return parseLeases(await readFile(file, "utf8"));
  } catch {
    return [];
  }
}

/**
 * The lease file without what others than these MACs hold, and without their names, which come from elsewhere; for use while no
 * dnsmasq has it open.
 */
export function keepLeases(text: string, macs: ReadonlySet<string>): string {
  const fields = text.split("\n").map((line) => line.split(" "));
  const kept = fields.filter(([, mac = ""]) => macs.has(mac));
  return kept.map(([expiry, mac, address, , client]) => `${[expiry, mac, address, "*", client].join(" ")}\n`).join("");
}

/**
 * DHCPRELEASE (RFC 2131) on behalf of a client that is gone: dnsmasq has no other way to forget a lease while it runs, and while it
 * remembers one it gives the address to nobody else.
 */
export function releaseMessage(lease: Lease, gateway: string): Buffer {
  const message = Buffer.alloc(300);
  message.set([1, 1, 6, 0]);
  message.writeUInt32BE(parseIpv4(lease.ipv4) ?? 0, 12);
  Buffer.from(lease.mac.replaceAll(":", ""), "hex").copy(message, 28);
  message.writeUInt32BE(0x63825363, 236);
  const server = Buffer.alloc(4);
  server.writeUInt32BE(parseIpv4(gateway) ?? 0);
  message.set([53, 1, 7, 54, 4, ...server, 255], 240);
  return message;
}

/** Sends it as if it had come in by the bridge. */
export async function releaseLease(inside: RunInside, bridge: string, gateway: string, lease: Lease): Promise<void> {
  const target = `UDP4-SENDTO:${gateway}:67,so-bindtodevice=${bridge}`;
  await inside("socat", ["-u", "STDIN", target], { input: releaseMessage(lease, gateway) });
}
