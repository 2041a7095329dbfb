/**
 * What may pass through the fabric and into it. Instances reach the gateway only for addresses, names and ping; whatever else
 * they send goes to the host, and from there on if the host lets it (host-firewall.ts). Networks do not meet.
 */
import { fabricLink } from "./interface-names.ts";

export function fabricFirewall(bridges: readonly string[]): string {
  const input = bridges.map((bridge) => `    iifname "${bridge}" goto gateway\n`);
  const forward = bridges.flatMap((bridge) => [
    `    iifname "${bridge}" oifname "${fabricLink}" accept\n`,
    `    iifname "${fabricLink}" oifname "${bridge}" accept\n`,
    // With br_netfilter, which Docker loads, neighbours on one bridge pass here as well.
    `    iifname "${bridge}" oifname "${bridge}" accept\n`,
  ]);
  return `table inet lodge
delete table inet lodge
table inet lodge {
  chain gateway {
    udp dport { 53, 67 } accept
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
${forward.join("")}  }
}
`;
}
