/** Addresses of networks and ports: pure arithmetic, the random source comes from the caller. */
import { formatIpv4, formatIpv6, type Ipv4Network, parseIpv4, parseIpv4Network, parseIpv6Network } from "./ip.ts";

/** First octets of every MAC that Lodge gives out: unicast, locally administered. */
const macPrefix = "02:10:d6";

/** A MAC that is not taken: a random one or the next free after it. `random` is in [0, 1). */
export function generateMac(random: () => number, taken: ReadonlySet<string> = new Set()): string {
  const start = Math.floor(random() * 2 ** 24);
  for (let step = 0; ; step++) {
    const octets = ((start + step) % 2 ** 24).toString(16).padStart(6, "0").match(/../g) ?? [];
    const mac = [macPrefix, ...octets].join(":");
    if (!taken.has(mac)) return mac;
  }
}

/** The address that SLAAC forms of a MAC in a network (`fd42::1/64`); empty when the network has no IPv6. */
export function eui64Address(network: string, mac: string): string {
  const parsed = parseIpv6Network(network);
  if (!parsed) return "";
  return formatIpv6([...parsed.groups.slice(0, 4), ...interfaceIdentifier(mac)]);
}

/** The link-local address that an interface forms of its MAC. */
export function linkLocalAddress(mac: string): string {
  return formatIpv6([0xfe80, 0, 0, 0, ...interfaceIdentifier(mac)]);
}

/** Modified EUI-64 (RFC 4291, appendix A): ff:fe in the middle, the universal/local bit turned. */
function interfaceIdentifier(mac: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((octet) => Number.parseInt(octet, 16));
  return [((a ^ 0x02) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
}

/**
 * The lowest address of the network (`10.77.3.1/24`, the gateway's), or of its ranges if there are any, that nobody has; undefined
 * when all are taken.
 */
export function freeIpv4Address(
  network: string,
  taken: ReadonlySet<string>,
  ranges: readonly { readonly first: string; readonly last: string }[] = [],
): string | undefined {
  const parsed = parseIpv4Network(network);
  if (!parsed) return undefined;
  const whole = rangeOf(parsed);
  const limits = ranges.map((range) => [parseIpv4(range.first) ?? 0, parseIpv4(range.last) ?? 0] as const);
  for (const [first, last] of limits.length > 0 ? limits : [[whole.first, whole.last] as const]) {
    for (let address = Math.max(first, whole.first + 1); address <= Math.min(last, whole.last - 1); address++) {
      const text = formatIpv4(address);
      if (address !== parsed.address && !taken.has(text)) return text;
    }
  }
  return undefined;
}

/**
 * The gateway's address and prefix length of a new private network that overlaps none of the routes (`192.0.2.0/24`; what is
 * no IPv4 network, as `default`, is passed over). Undefined when no place was found.
 */
export function chooseIpv4Network(
  routes: readonly string[],
  random: () => number,
  prefixLength = 24,
): string | undefined {
  const used = routes.map(parseIpv4Network).filter((network) => network !== undefined && network.prefixLength > 0);
  const size = 2 ** (32 - prefixLength);
  const base = parseIpv4("10.0.0.0") ?? 0;
  const places = 2 ** (prefixLength - 8);
  const start = Math.floor(random() * places);
  for (let step = 0; step < places; step++) {
    const address = base + ((start + step) % places) * size;
    const candidate: Ipv4Network = { address, prefixLength };
    if (!used.some((network) => network && overlap(network, candidate)))
      return `${formatIpv4(address + 1)}/${prefixLength}`;
  }
  return undefined;
}

/** The gateway's address of a new unique local network (RFC 4193), `fdxx:…::1/64`. */
export function chooseIpv6Network(random: () => number): string {
  const [a, b, c, d] = Array.from({ length: 4 }, () => Math.floor(random() * 0x10000));
  return `${formatIpv6([0xfd00 | ((a ?? 0) & 0xff), b ?? 0, c ?? 0, d ?? 0, 0, 0, 0, 1])}/64`;
}

/** Whether two IPv4 networks have an address in common. */
function overlap(a: Ipv4Network, b: Ipv4Network): boolean {
  const [first, second] = [rangeOf(a), rangeOf(b)];
  return first.first <= second.last && second.first <= first.last;
}

function rangeOf({ address, prefixLength }: Ipv4Network): { first: number; last: number } {
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

/** The network that an address with prefix length is in: `10.77.3.1/24` is in `10.77.3.0/24`. Empty for what is no network. */
export function networkPrefix(network: string): string {
  const ipv4 = parseIpv4Network(network);
  if (ipv4) return `${formatIpv4(rangeOf(ipv4).first)}/${ipv4.prefixLength}`;
  const ipv6 = parseIpv6Network(network);
  if (!ipv6) return "";
  const kept = ipv6.groups.map((group, index) => {
    const bits = Math.min(16, Math.max(0, ipv6.prefixLength - index * 16));
    return group & (0xffff << (16 - bits)) & 0xffff;
  });
  return `${formatIpv6(kept)}/${ipv6.prefixLength}`;
}
