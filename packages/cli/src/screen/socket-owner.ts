/** Whose program is at the other end of a loopback connection: loopback is open to all users of a host, a screen is not. */
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

/** Whether the peer is root's, or of the user who runs this program (also through sudo). Unix sockets have rights of their own. */
export async function connectedByUser(
  { remoteAddress, remotePort, localPort }: Socket,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (remoteAddress === undefined) return true;
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const owner = ownerOf(tables.join("\n"), remotePort ?? 0, localPort ?? 0);
  const users = [0, process.getuid?.(), Number(env["SUDO_UID"] ?? Number.NaN)];
  return owner !== undefined && users.includes(owner);
}

/** The uid that holds the socket from one port of 127.0.0.1 to another, by the kernel's table of them. */
export function ownerOf(table: string, from: number, to: number): number | undefined {
  for (const line of table.split("\n")) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    if (isLoopback(local, from) && isLoopback(remote, to)) return Number(uid);
  }
  return undefined;
}

/** Addresses are little-endian words in hexadecimal; IPv6 has 127.0.0.1 at the end of a mapped address. */
function isLoopback(text: string | undefined, port: number): boolean {
  const [address = "", digits = ""] = text?.split(":") ?? [];
  return /^(0{16}F{4}0{4}|0{16}0{4}F{4}|)0100007F$/.test(address) && Number.parseInt(digits, 16) === port;
}
