/**
 * What may pass through the fabric and into it. Instances reach the gateway only for addresses, names and ping; whatever else
 * they send goes to the host, and from there on if the host lets it (host-firewall.ts). Networks meet where they are peers.
 */
import type { NetworkDefinition } from "@lodge/core";
import { bridgeName, fabricLink } from "./interface-names.ts";

export function fabricFirewall(networks: readonly NetworkDefinition[]): string {
  const input = networks.map(({ name }) => `    iifname "${bridgeName(name)}" goto gateway\n`);
  return `table inet lodge
delete table inet lodge
table inet lodge {
  chain gateway {
    # The gateway of another network is none of this one's.
    fib daddr . iif type != { local, broadcast, multicast } drop
    udp dport { 53, 67, 547 } accept
    tcp dport 53 accept
    meta l4proto { icmp, ipv6-icmp } accept
    drop
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname { "lo", "${fabricLink}" } accept
${input.join("")}  }
  chain forward {
    type filter hook forward priority filter; policy drop;
${networks.flatMap(ways).join("")}  }
}
`;
}

function ways(network: NetworkDefinition): string[] {
  const bridge = bridgeName(network.name);
  const way = (from: string, to: string) => `    iifname "${from}" oifname "${to}" accept\n`;
  return [
    // With br_netfilter, which Docker loads, neighbours on one bridge pass here as well.
    way(bridge, bridge),
    ...(network.isolated ? [] : [way(bridge, fabricLink), way(fabricLink, bridge)]),
    ...network.peers.map((peer) => way(bridge, bridgeName(peer))),
  ];
}
