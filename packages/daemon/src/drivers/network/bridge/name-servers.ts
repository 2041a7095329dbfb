/** The name servers that instances' questions are passed on to: the host's, as far as they can be reached from the fabric. */
import { readFile } from "node:fs/promises";

const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** Servers of resolv.conf(5) without those that only the host itself can reach: loopback and link-local. */
export function reachableNameServers(resolvConf: string): string[] {
  return resolvConf
    .split("\n")
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((server) => server !== undefined)
    .filter((server) => !/^127\.|^::1$|^fe80:|%/i.test(server));
}

/** Where systemd-resolved answers on loopback, its own file has the servers behind it. */
export async function hostNameServers(): Promise<string[]> {
  for (const file of files) {
    const servers = reachableNameServers(await readFile(file, "utf8").catch(() => ""));
    if (servers.length > 0) return servers;
  }
  return [];
}

export function resolvConf(servers: readonly string[]): string {
  return servers.map((server) => `nameserver ${server}\n`).join("");
}
