/** The PROXY protocol, version 1 (haproxy's doc/proxy-protocol.txt): one line that says who connects. */
export interface Peers {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

export function proxyHeader({ remoteAddress, remotePort, localAddress, localPort }: Peers): string {
  if (!remoteAddress || !localAddress) return "PROXY UNKNOWN\r\n";
  const [source, destination] = [plainAddress(remoteAddress), plainAddress(localAddress)];
  const family = source.includes(":") ? "TCP6" : "TCP4";
  return `PROXY ${family} ${source} ${destination} ${remotePort} ${localPort}\r\n`;
}

/** A socket of both families shows IPv4 as a part of IPv6. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");
