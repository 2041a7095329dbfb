/** Every configuration key of networks and forwards there is, as `config-keys.ts` for instances. Free of zod. */
import { isIPv4, isIPv6 } from "node:net";
import { boolean, domainName, integer, listOf, oneOf, text, type ValueCheck } from "./values.ts";

export interface NetworkConfigKey {
  /** `ipv4.address`; one that ends with `*` stands for all keys with that prefix. */
  readonly key: string;
  readonly doc: string;
  /** In words; empty: none. */
  readonly default: string;
  readonly check: ValueCheck;
  /** In words: what a change does to instances that run on the network. */
  readonly live: string;
}

const address =
  (isAddress: (text: string) => boolean, longest: number, example: string): ValueCheck =>
  (value) => {
    if (value === "auto" || value === "none") return undefined;
    const [host = "", length = "", ...rest] = value.split("/");
    const fits = isAddress(host) && /^\d{1,3}$/.test(length) && Number(length) <= longest && rest.length === 0;
    return fits ? undefined : `must be an address with prefix length such as ${example}, or auto, or none`;
  };

const ranges: ValueCheck = (value) =>
  value.split(",").every((range) => {
    const ends = range.trim().split("-");
    return ends.length === 2 && ends.every((end) => isIPv4(end));
  })
    ? undefined
    : "must be ranges of IPv4 addresses FIRST-LAST, separated by commas";

/** The names that networks may have, for they are names of interfaces. */
export const networkNamePattern = /^[a-zA-Z][a-zA-Z0-9-]{0,14}$/;

const networkName: ValueCheck = (value) => (networkNamePattern.test(value) ? undefined : "is no name of a network");

const atOnce = "takes effect at once";
const refused = "refused while instances run on the network";
const free = { doc: "Free for the user; Lodge does not read it.", default: "", check: text, live: atOnce };

export const networkConfigKeys: readonly NetworkConfigKey[] = [
  {
    key: "ipv4.address",
    doc: "Address of the gateway with the prefix length of the network, `10.77.3.1/24`. `auto` chooses a /24 of 10.0.0.0/8 to which the host has no other way; `none`: no IPv4.",
    default: "auto at creation",
    check: address(isIPv4, 30, "10.77.3.1/24"),
    live: refused,
  },
  {
    key: "ipv4.nat",
    doc: "Whether instances reach the outside under the host's address. Without it the outside needs a route to the network, and reaches the instances by it.",
    default: "true where ipv4.address was auto at creation, else false",
    check: boolean,
    live: atOnce,
  },
  {
    key: "ipv4.dhcp",
    doc: "Whether instances are told their reserved addresses by DHCP. Without it they configure themselves, with the address that `lodge network list-leases` shows.",
    default: "true",
    check: boolean,
    live: "takes effect when an instance asks next",
  },
  {
    key: "ipv4.dhcp.ranges",
    doc: "Where addresses for instances are taken from: `FIRST-LAST`, several separated by commas. Addresses that a nic asks for by itself may lie outside.",
    default: "the whole network",
    check: ranges,
    live: "counts for new nics",
  },
  {
    key: "ipv6.address",
    doc: "As ipv4.address, always a /64: `fd42:1:2:3::1/64`. `auto` chooses a unique local network.",
    default: "auto at creation",
    check: address(isIPv6, 128, "fd42:1:2:3::1/64"),
    live: refused,
  },
  {
    key: "ipv6.nat",
    doc: "As ipv4.nat.",
    default: "true where ipv6.address was auto at creation, else false",
    check: boolean,
    live: atOnce,
  },
  {
    key: "ipv6.dhcp.stateful",
    doc: "Whether instances get their IPv6 addresses by DHCPv6. Without it they form them from their MAC (SLAAC), so a nic cannot ask for one.",
    default: "false",
    check: boolean,
    live: refused,
  },
  {
    key: "dns.domain",
    doc: "Instances are called NAME.DOMAIN.",
    default: "lodge",
    check: domainName,
    live: atOnce,
  },
  {
    key: "dns.mode",
    doc: "`managed`: instances have names. `none`: they have not; questions for names outside are answered all the same.",
    default: "managed",
    check: oneOf("managed", "none"),
    live: atOnce,
  },
  {
    key: "dns.search",
    doc: "Domains that instances complete short names by, separated by commas.",
    default: "dns.domain",
    check: listOf(domainName),
    live: "takes effect when an instance asks next",
  },
  {
    key: "bridge.mtu",
    doc: "Size in bytes of the largest packet.",
    default: "that of the host's uplink, at most 1500",
    check: integer(1280, 65_521),
    live: refused,
  },
  {
    key: "bridge.uplink",
    doc: "`host`: instances reach the host and, as far as that has an uplink, the outside. `none`: the network is isolated; its instances reach each other and their name server, and nothing else reaches them.",
    default: "host",
    check: oneOf("host", "none"),
    live: "takes effect at once; instances learn a new way out when they start",
  },
  {
    key: "bridge.peers",
    doc: "Networks whose instances and those of this one reach each other, by address and by name; separated by commas. It takes effect once both networks name each other.",
    default: "",
    check: listOf(networkName),
    live: atOnce,
  },
  { key: "user.*", ...free },
];

/** Keys of a forward's `config`. */
export const forwardConfigKeys: readonly NetworkConfigKey[] = [
  {
    key: "target_address",
    doc: "Address of the instance that gets everything that no port of the forward names. Without it only the ports are forwarded.",
    default: "",
    check: (value) => (isIPv4(value) || isIPv6(value) ? undefined : "is no address"),
    live: atOnce,
  },
  { key: "user.*", ...free },
];

/** The entry of a table for a key, or undefined when there is none. */
export function findNetworkKey(keys: readonly NetworkConfigKey[], key: string): NetworkConfigKey | undefined {
  return keys.find((entry) =>
    entry.key.endsWith("*")
      ? key.startsWith(entry.key.slice(0, -1)) && key.length >= entry.key.length
      : entry.key === key,
  );
}
