import { parsePorts } from "../../networks/forward-ports.ts";
import { familyOf, normalAddress } from "../../networks/subnets.ts";

/** One end of a proxy. */
export type ProxyAddress = InternetAddress | UnixAddress;

export interface InternetAddress {
  readonly kind: "tcp" | "udp";
  /** Of IPv4 or IPv6, as we write it. */
  readonly address: string;
  /** In the order in which they were given. */
  readonly ports: readonly number[];
}

export interface UnixAddress {
  readonly kind: "unix";
  /** An absolute path, or `@` and a name of the network namespace. */
  readonly path: string;
}

/** Each of them is a socket. */
export const mostPorts = 1000;

/** Reads `tcp:127.0.0.1:80,8000-8010`, `udp:[::1]:53`, `unix:/run/x.sock`, `unix:@name`; or says what is wrong with it. */
export function parseProxyAddress(text: string): ProxyAddress | string {
  const [, kind, rest = ""] = /^(tcp|udp|unix):(.+)$/.exec(text) ?? [];
  if (kind === "unix") return parseUnix(text, rest);
  const [, host = "", list = ""] = /^(.*):([^:\]]+)$/.exec(rest) ?? [];
  const plain = /^\[(.*)\]$/.exec(host)?.[1];
  const address = normalAddress(plain ?? host);
  const ports = parsePorts(list);
  if (!kind || !address || !ports || (familyOf(address) === "ipv6") !== (plain !== undefined)) {
    return `"${text}" is no address such as tcp:127.0.0.1:80, udp:[::1]:53, unix:/run/x.sock or unix:@name`;
  }
  const all = ports.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
  if (all.length > mostPorts) return `"${text}" has more than ${mostPorts} ports`;
  if (new Set(all).size < all.length) return `"${text}" names a port twice`;
  return { kind: kind as "tcp" | "udp", address, ports: all };
}

/** The kernel's names of sockets end at 107 bytes. */
function parseUnix(text: string, path: string): ProxyAddress | string {
  if (!/^@[^\0]+$|^\/(?!.*(^|\/)\.{1,2}(\/|$))[^\0]*[^/\0]$/.test(path))
    return `"${text}" is neither an absolute path nor @NAME`;
  return new TextEncoder().encode(path).length > 107 ? `"${text}" is longer than 107 bytes` : { kind: "unix", path };
}

/** As users write it. */
export function formatProxyAddress(address: ProxyAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const host = address.address.includes(":") ? `[${address.address}]` : address.address;
  return `${address.kind}:${host}:${address.ports.join(",")}`;
}
