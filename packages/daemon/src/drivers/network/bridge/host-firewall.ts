/** Our one table on the host: what passes between the fabric and the outside. The host itself always reaches its instances. */
import { hostLink } from "./interface-names.ts";

export interface HostFirewall {
  readonly tag: string;
  /** The fabric reaches beyond the host. */
  readonly open: boolean;
  /** Networks whose addresses the outside does not know. */
  readonly translated: readonly string[];
  /** Networks that the outside may reach as they are. */
  readonly routed: readonly string[];
}

export function hostTable(tag: string): string {
  return `lodge_${tag}`;
}

export function hostFirewall({ tag, open, translated, routed }: HostFirewall): string {
  const table = hostTable(tag);
  const link = `"${hostLink(tag)}"`;
  const ours = [...translated, ...routed];
  const forward = [
    ...(open ? matches("saddr", ours).map((match) => `iifname ${link} ${match} accept`) : []),
    ...(open ? [`oifname ${link} ct state established,related accept`] : []),
    ...(open ? matches("daddr", routed).map((match) => `oifname ${link} ${match} accept`) : []),
    `iifname ${link} drop`,
    `oifname ${link} drop`,
  ];
  const translate = open ? matches("saddr", translated).map((match) => `oifname != ${link} ${match} masquerade`) : [];
  return `${removeHostFirewall(tag)}table inet ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
${forward.map((rule) => `    ${rule}\n`).join("")}  }
${translate.length > 0 ? postrouting(translate) : ""}}
`;
}

/** Naming the table first makes it work when there is none. */
export function removeHostFirewall(tag: string): string {
  return `table inet ${hostTable(tag)}\ndelete table inet ${hostTable(tag)}\n`;
}

function postrouting(rules: readonly string[]): string {
  return `  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
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
