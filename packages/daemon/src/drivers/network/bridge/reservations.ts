/** What dnsmasq knows of a port: a file with its address and one with its name, both read as soon as they change. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NetworkDefinition, NetworkPort } from "@lodge/core";
import type { NetworkFiles } from "./dnsmasq-config.ts";
import { portInterface } from "./interface-names.ts";

/** Empty when there is nothing to tell. An address that is given with a name makes that known in DNS as well. */
export function reservationLine({ mac, ipv4, ipv6, hostname }: NetworkPort, network: NetworkDefinition): string {
  // One with its project behind it is no host name for the guest, and those of two projects without theirs may be the same.
  const named = network.names && !hostname.includes(".");
  const addresses = [network.dhcp && ipv4, network.dhcpv6 && ipv6 && `[${ipv6}]`].filter(Boolean);
  const parts = [mac, ...addresses, named && hostname, "infinite"].filter(Boolean);
  return addresses.length > 0 ? `${parts.join(",")}\n` : "";
}

/** The full name comes first: it is the answer to a question by address. */
export function nameLines(port: NetworkPort, domain: string): string {
  return [port.ipv4, port.ipv6]
    .filter(Boolean)
    .map((address) => `${address} ${port.hostname}.${domain} ${port.hostname}\n`)
    .join("");
}

/** Files that are as they should be stay untouched. */
export async function writeReservation(
  files: NetworkFiles,
  port: NetworkPort,
  network: NetworkDefinition,
): Promise<void> {
  const name = portInterface(port);
  await Promise.all([
    changeFile(join(files.reservations, name), reservationLine(port, network)),
    changeFile(join(files.names, name), nameLines(port, network.domain)),
  ]);
}

async function changeFile(path: string, content: string): Promise<void> {
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present !== content) await replaceFile(path, content);
}

/** dnsmasq forgets what it read from the files when it is told to read them again. */
export async function removeReservation(files: NetworkFiles, port: NetworkPort): Promise<void> {
  await rm(join(files.reservations, portInterface(port)), { force: true });
  await rm(join(files.names, portInterface(port)), { force: true });
}

/** Whole or not at all; dnsmasq passes over names that begin with a dot. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const draft = join(dirname(path), `.${path.slice(dirname(path).length + 1)}`);
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(draft, content, { mode: 0o644 });
  await rename(draft, path);
}
