/** Networks of either family as ranges of numbers: what lies in what. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv4Network, parseIpv6, parseIpv6Network } from "./ip.ts";

export type Family = "ipv4" | "ipv6";

export interface Subnet {
  readonly family: Family;
  readonly prefixLength: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** Of an address with prefix length; undefined for what is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const ipv4 = text.includes("/") ? parseIpv4Network(text) : undefined;
  if (ipv4) return subnet("ipv4", BigInt(ipv4.address), ipv4.prefixLength, 32);
  const ipv6 = parseIpv6Network(text);
  return ipv6 && subnet("ipv6", groupsValue(ipv6.groups), ipv6.prefixLength, 128);
}

function subnet(family: Family, address: bigint, prefixLength: number, bits: number): Subnet {
  const size = 1n << BigInt(bits - prefixLength);
  const first = (address / size) * size;
  return { family, prefixLength, first, last: first + size - 1n };
}

export function subnetsOverlap(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** Whether an address lies in a network (`10.77.3.1/24`); false for what is no address or no network. */
export function contains(network: string, address: string): boolean {
  const range = parseSubnet(network);
  const value = addressValue(address);
  if (!range || value === undefined || range.family !== familyOf(address)) return false;
  return value >= range.first && value <= range.last;
}

/** Undefined for what is no address. */
export function familyOf(address: string): Family | undefined {
  if (parseIpv4(address) !== undefined) return "ipv4";
  return parseIpv6(address) && "ipv6";
}

/** The one way in which we write an address; undefined for what is none. */
export function normalAddress(text: string): string | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return formatIpv4(ipv4);
  const ipv6 = parseIpv6(text);
  return ipv6 && formatIpv6(ipv6);
}

/** Addresses as numbers, for comparison within one family. */
export function addressValue(address: string): bigint | undefined {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) return BigInt(ipv4);
  const groups = parseIpv6(address);
  return groups && groupsValue(groups);
}

const groupsValue = (groups: readonly number[]): bigint =>
  groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);

/** This host, loopback, link-local and multicast: addresses by which no other host reaches anybody. */
export const unroutable: readonly Subnet[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/64",
  "fe80::/10",
  "ff00::/8",
].flatMap((text) => parseSubnet(text) ?? []);
