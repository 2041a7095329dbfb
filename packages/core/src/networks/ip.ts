/** Reading and writing IP addresses. IPv4 as a number, IPv6 as eight groups. */

export interface Ipv4Network {
  readonly address: number;
  readonly prefixLength: number;
}

export interface Ipv6Network {
  readonly groups: readonly number[];
  readonly prefixLength: number;
}

export function parseIpv4(text: string): number | undefined {
  const octets = text.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) {
    return undefined;
  }
  return octets.reduce((value, octet) => value * 256 + Number(octet), 0);
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** `10.77.3.1/24`; a missing prefix length is 32, as `ip route` writes a single address. */
export function parseIpv4Network(text: string): Ipv4Network | undefined {
  const [host = "", length = "32"] = text.split("/");
  const address = parseIpv4(host);
  const prefixLength = parsePrefixLength(length, 32);
  return address === undefined || prefixLength === undefined ? undefined : { address, prefixLength };
}

export function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(groups: readonly number[]): string {
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    const end = groups.findIndex((group, index) => index >= start && group !== 0);
    const length = (end === -1 ? groups.length : end) - start;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** `fd42::1/64`; the prefix length must be there. */
export function parseIpv6Network(text: string): Ipv6Network | undefined {
  const [host = "", length = ""] = text.split("/");
  const groups = parseIpv6(host);
  const prefixLength = parsePrefixLength(length, 128);
  return groups === undefined || prefixLength === undefined ? undefined : { groups, prefixLength };
}

function parsePrefixLength(text: string, most: number): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
