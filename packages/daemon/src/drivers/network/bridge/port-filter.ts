/**
 * What an instance may send. A table of the bridge family looks at every frame that enters a bridge by a port, on its way to a neighbour
 * or to the gateway. Sets keyed by interface say what each port owns, or what it need not own; a port that is in no set says nothing.
 * The fabric has one that drops what comes from no port; the host, where others have bridges as well, one for our ports alone.
 */
import { linkLocalAddress, type Port, parseIpv6 } from "@lodge/core";

/** Which table, and what it is to do with a frame that enters a bridge: rules of the base chain, and its policy. */
export interface FilterTable {
  readonly table: string;
  readonly entrance: string;
  readonly policy: "accept" | "drop";
}

/** Of the fabric: every interface of its bridges is a port. */
export const fabricFilter: FilterTable = { table: "lodge", entrance: "jump guard", policy: "drop" };

/** The sets and what their elements are. */
const sets = {
  macs: "type ifname . ether_addr",
  ipv4: "type ifname . ipv4_addr",
  ipv6: "type ifname . ipv6_addr",
  nd_targets: "typeof iifname . @th,64,128",
  nd_macs: "typeof iifname . @th,208,48",
  // Ports that are not filtered: at all, or in one family.
  open: "type ifname",
  open_ipv4: "type ifname",
  open_ipv6: "type ifname",
};
type SetName = keyof typeof sets;

/**
 * The whole table. Loading it again replaces the rules and keeps the sets, so running ports never lose their elements.
 *
 * Neighbour discovery is matched by offset, because nft has names for few of its fields: `@th,64,128` is the target address,
 * `@th,192,16` the type and length of the first option, `@th,208,48` the link-layer address in it.
 */
export function portFilter({ table, entrance, policy }: FilterTable): string {
  const chains = ["from_arp", "from_ipv4", "solicitation", "advertisement", "from_ipv6", "guard"];
  return [
    `add table bridge ${table}`,
    ...Object.entries(sets).map(([name, type]) => `add set bridge ${table} ${name} { ${type}; }`),
    ...chains.map((name) => `add chain bridge ${table} ${name}`),
    `add chain bridge ${table} ports { type filter hook prerouting priority -300; policy ${policy}; }`,
    `flush table bridge ${table}`,
    `table bridge ${table} {\n${rules}  chain ports {\n    ${entrance}\n  }\n}`,
    "",
  ].join("\n");
}

/** Takes the whole table away. Naming it first makes it work when there is none. */
export function removePortFilter({ table }: FilterTable): string {
  return `table bridge ${table}\ndelete table bridge ${table}\n`;
}

const rules = `  chain from_arp {
    arp htype != 1 drop
    arp ptype != ip drop
    arp hlen != 6 drop
    arp plen != 4 drop
    iifname . arp saddr ether != @macs drop
    # A probe: does anyone have this address?
    arp operation request arp saddr ip 0.0.0.0 accept
    iifname . arp saddr ip @ipv4 accept
    drop
  }
  chain from_ipv4 {
    ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    # Answers of a DHCP server.
    udp sport 67 drop
    udp dport 68 drop
    iifname . ip saddr @ipv4 accept
    drop
  }
  chain solicitation {
    # From ::, an instance asks whether its own address is free. Asking for another's would make that one give it up.
    ip6 saddr :: iifname . @th,64,128 != @nd_targets drop
    ip6 saddr :: ip6 length 24 accept
    # A nonce (RFC 7527) is the one option that goes with it.
    ip6 saddr :: ip6 length 32 @th,192,16 0x0e01 accept
    ip6 saddr :: drop
    iifname . ip6 saddr != @ipv6 drop
    ip6 length 24 accept
    ip6 length 32 @th,192,16 0x0101 iifname . @th,208,48 @nd_macs accept
    drop
  }
  chain advertisement {
    iifname . ip6 saddr != @ipv6 drop
    iifname . @th,64,128 != @nd_targets drop
    ip6 length 24 accept
    ip6 length 32 @th,192,16 0x0201 iifname . @th,208,48 @nd_macs accept
    drop
  }
  chain from_ipv6 {
    # Fragments may hide what they carry behind more headers (RFC 7113); neighbour discovery in fragments is ignored by everyone (RFC 6980).
    frag nexthdr != { tcp, udp, udplite, sctp, dccp, esp, icmpv6 } drop
    icmpv6 type { nd-router-advert, nd-redirect, router-renumbering } drop
    icmpv6 type nd-neighbor-solicit goto solicitation
    icmpv6 type nd-neighbor-advert goto advertisement
    udp sport 547 drop
    udp dport 546 drop
    iifname . ip6 saddr @ipv6 accept
    # Before it has an address an instance asks for routers and joins groups.
    ip6 saddr :: icmpv6 type { nd-router-solicit, mld-listener-report, mld2-listener-report } accept
    drop
  }
  chain guard {
    iifname @open accept
    iifname . ether saddr != @macs drop
    ether type { arp, ip } iifname @open_ipv4 accept
    ether type ip6 iifname @open_ipv6 accept
    ether type vmap { arp : goto from_arp, ip : goto from_ipv4, ip6 : goto from_ipv6 }
    drop
  }
`;

/** Elements of all sets for one port, without the interface that each begins with. */
function elements({ mac, ipv4, ipv6, filter }: Port): Partial<Record<SetName, string[]>> {
  if (!filter.mac) return { open: [""] };
  const linkLocal = linkLocalAddress(mac);
  const addresses = ipv6 ? [linkLocal, ipv6] : [linkLocal];
  return {
    macs: [mac],
    ...(filter.ipv4 ? { ipv4: ipv4 ? [ipv4] : [] } : { open_ipv4: [""] }),
    ...(filter.ipv6
      ? { ipv6: addresses, nd_targets: addresses.map(hexAddress), nd_macs: [`0x${mac.replaceAll(":", "")}`] }
      : { open_ipv6: [""] }),
  };
}

/** A port and the name of its interface on the bridge. */
export interface NamedPort {
  readonly port: Port;
  readonly name: string;
}

/** Lets the port send under its own addresses. */
export function allowPort({ table }: FilterTable, port: NamedPort): string {
  return changeElements("add", table, port);
}

/** The opposite of `allowPort`. Adding first makes it work on what is not there. */
export function forbidPort({ table }: FilterTable, port: NamedPort): string {
  return changeElements("add", table, port) + changeElements("delete", table, port);
}

/** Exactly these ports and no others, in one transaction. */
export function allowOnly(filter: FilterTable, ports: readonly NamedPort[]): string {
  const flushed = Object.keys(sets).map((set) => `flush set bridge ${filter.table} ${set}\n`);
  return flushed.join("") + ports.map((port) => allowPort(filter, port)).join("");
}

function changeElements(verb: "add" | "delete", table: string, { port, name }: NamedPort): string {
  return Object.entries(elements(port))
    .filter(([, values]) => values.length > 0)
    .map(([set, values]) => {
      const list = values.map((value) => (value ? `"${name}" . ${value}` : `"${name}"`)).join(", ");
      return `${verb} element bridge ${table} ${set} { ${list} }\n`;
    })
    .join("");
}

/** 128 bits as nft reads a number. */
function hexAddress(address: string): string {
  return `0x${(parseIpv6(address) ?? []).map((group) => group.toString(16).padStart(4, "0")).join("")}`;
}
