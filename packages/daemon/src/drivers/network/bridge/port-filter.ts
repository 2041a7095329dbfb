/**
 * What an instance may send. One table of the bridge family in the fabric looks at every frame that enters a bridge by a port, on
 * its way to a neighbour or to the gateway. Sets keyed by interface say what each port owns; a port that is in no set says nothing.
 */
import { linkLocalAddress, type Port, parseIpv6 } from "@lodge/core";
import { portInterface } from "./interface-names.ts";

/**
 * The whole table. Loading it again replaces the rules and keeps the sets, so running ports never lose their elements.
 *
 * Neighbour discovery is matched by offset, because nft has names for few of its fields: `@th,64,128` is the target address,
 * `@th,192,16` the type and length of the first option, `@th,208,48` the link-layer address in it.
 */
export const portFilter = `
add table bridge lodge
add set bridge lodge macs { type ifname . ether_addr; }
add set bridge lodge ipv4 { type ifname . ipv4_addr; }
add set bridge lodge ipv6 { type ifname . ipv6_addr; }
add set bridge lodge nd_targets { typeof iifname . @th,64,128; }
add set bridge lodge nd_macs { typeof iifname . @th,208,48; }
add chain bridge lodge from_arp
add chain bridge lodge from_ipv4
add chain bridge lodge solicitation
add chain bridge lodge advertisement
add chain bridge lodge from_ipv6
add chain bridge lodge ports { type filter hook prerouting priority -300; policy drop; }
flush table bridge lodge
table bridge lodge {
  chain from_arp {
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
  chain ports {
    iifname . ether saddr != @macs drop
    ether type vmap { arp : goto from_arp, ip : goto from_ipv4, ip6 : goto from_ipv6 }
  }
}
`;

/** Elements of all sets for one port. */
function elements(port: Port): Record<string, string[]> {
  const linkLocal = linkLocalAddress(port.mac);
  const addresses = port.ipv6 ? [linkLocal, port.ipv6] : [linkLocal];
  return {
    macs: [port.mac],
    ipv4: port.ipv4 ? [port.ipv4] : [],
    ipv6: addresses,
    nd_targets: addresses.map(hexAddress),
    nd_macs: [`0x${port.mac.replaceAll(":", "")}`],
  };
}

/** Lets the port send under its own addresses. */
export function allowPort(port: Port): string {
  return changeElements("add", port);
}

/** The opposite of `allowPort`. Adding first makes it work on what is not there. */
export function forbidPort(port: Port): string {
  return changeElements("add", port) + changeElements("delete", port);
}

/** Exactly these ports and no others, in one transaction. */
export function allowOnly(ports: readonly Port[]): string {
  const sets = ["macs", "ipv4", "ipv6", "nd_targets", "nd_macs"];
  return sets.map((set) => `flush set bridge lodge ${set}\n`).join("") + ports.map(allowPort).join("");
}

function changeElements(verb: "add" | "delete", port: Port): string {
  const name = portInterface(port);
  return Object.entries(elements(port))
    .filter(([, values]) => values.length > 0)
    .map(([set, values]) => {
      const list = values.map((value) => `"${name}" . ${value}`).join(", ");
      return `${verb} element bridge lodge ${set} { ${list} }\n`;
    })
    .join("");
}

/** 128 bits as nft reads a number. */
function hexAddress(address: string): string {
  return `0x${(parseIpv6(address) ?? []).map((group) => group.toString(16).padStart(4, "0")).join("")}`;
}
