/** Our one table on the host: what passes between the fabric and the outside. The host itself always reaches its instances. */
import type { Forward } from "@lodge/core";
import { forwardRules, forwardTargets } from "./forward-rules.ts";
import { hostLink } from "./interface-names.ts";

export interface HostFirewall {
  readonly tag: string;
  /** The fabric reaches beyond the host. */
  readonly open: boolean;
  /** Networks whose addresses the outside does not know. */
  readonly translated: readonly string[];
  /** Networks that the outside may reach as they are. */
  readonly routed: readonly string[];
  readonly forwards: readonly Forward[];
}

export function hostTable(tag: string): string {
  return `lodge_${tag}`;
}

export function hostFirewall(rules: HostFirewall): string {
  const table = hostTable(rules.tag);
  const destinations = forwardRules(rules.forwards);
  const chains = [
    chain("forward", "type filter hook forward priority filter", passing(rules)),
    chain("postrouting", "type nat hook postrouting priority srcnat", sourceTranslation(rules)),
    chain("prerouting", "type nat hook prerouting priority dstnat", destinations),
    chain("output", "type nat hook output priority -100", destinations),
  ];
  return `${removeHostFirewall(rules.tag)}table inet ${table} {\n${chains.join("")}}\n`;
}

/** Naming the table first makes it work when there is none. */
export function removeHostFirewall(tag: string): string {
  return `table inet ${hostTable(tag)}\ndelete table inet ${hostTable(tag)}\n`;
}

function passing({ tag, open, translated, routed, forwards }: HostFirewall): string[] {
  const link = `"${hostLink(tag)}"`;
  const forwarded = matches("daddr", forwardTargets(forwards)).map(
    (match) => `oifname ${link} ct status dnat ${match} accept`,
  );
  return [
    ...(open ? matches("saddr", [...translated, ...routed]).map((match) => `iifname ${link} ${match} accept`) : []),
    ...(open ? [`oifname ${link} ct state established,related accept`] : []),
    ...(open ? matches("daddr", routed).map((match) => `oifname ${link} ${match} accept`) : []),
    ...forwarded,
    // Their answers; where the fabric is closed nothing else leaves it.
    ...(forwarded.length > 0 ? [`iifname ${link} ct direction reply ct state established,related accept`] : []),
    `iifname ${link} reject with icmpx admin-prohibited`,
    `oifname ${link} drop`,
  ];
}

function sourceTranslation({ tag, open, translated, routed, forwards }: HostFirewall): string[] {
  const link = `"${hostLink(tag)}"`;
  const outwards = open ? matches("saddr", translated).map((match) => `oifname != ${link} ${match} masquerade`) : [];
  if (forwards.length === 0) return outwards;
  // What the host or an instance sends to a forwarded address is answered past the host unless it seems to come from here.
  const inwards = ["fib saddr type local", ...matches("saddr", [...translated, ...routed])];
  return [...outwards, ...inwards.map((match) => `oifname ${link} ct status dnat ${match} masquerade`)];
}

/** None without rules. */
function chain(name: string, hook: string, rules: readonly string[]): string {
  if (rules.length === 0) return "";
  return `  chain ${name} {
    ${hook}; policy accept;
${rules.map((rule) => `    ${rule}\n`).join("")}  }
`;
}

/** One match a family. */
function matches(direction: "saddr" | "daddr", networks: readonly string[]): string[] {
  const ipv6 = networks.filter((network) => network.includes(":"));
  const ipv4 = networks.filter((network) => !network.includes(":"));
  return [
    ...(ipv4.length > 0 ? [`ip ${direction} { ${ipv4.join(", ")} }`] : []),
    ...(ipv6.length > 0 ? [`ip6 ${direction} { ${ipv6.join(", ")} }`] : []),
  ];
}
