/** What dnsmasq knows of a port: a file with its address and one with its name, both read as soon as they change. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Port } from "@lodge/core";
import type { NetworkFiles } from "./dnsmasq-config.ts";
import { portInterface } from "./interface-names.ts";

export function reservationLine(port: Port): string {
  return `${port.mac},${port.ipv4},${port.hostname},infinite\n`;
}

/** The full name comes first: it is the answer to a question by address. */
export function nameLines(port: Port, domain: string): string {
  return [port.ipv4, port.ipv6]
    .filter(Boolean)
    .map((address) => `${address} ${port.hostname}.${domain} ${port.hostname}\n`)
    .join("");
}

export async function writeReservation(files: NetworkFiles, port: Port, domain: string): Promise<void> {
  const name = portInterface(port);
  await Promise.all([
    port.ipv4 ? replaceFile(join(files.reservations, name), reservationLine(port)) : undefined,
    replaceFile(join(files.names, name), nameLines(port, domain)),
  ]);
}

/** dnsmasq forgets what it read from the files when it is told to read them again. */
export async function removeReservation(files: NetworkFiles, port: Port): Promise<void> {
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
