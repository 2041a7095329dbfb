/** Forwards as rules of a nat chain: connections to an external address get an instance's as their destination. */
import type { Forward, PortRule } from "@lodge/core";

/** What stands for all addresses of the host that others may know. */
const anyOwn: Readonly<Record<string, string>> = {
  "0.0.0.0": "ip daddr != 127.0.0.0/8 fib daddr type local",
  "::": "ip6 daddr != ::1 fib daddr type local",
};

/** Addresses of instances that forwards lead to. */
export function forwardTargets(forwards: readonly Forward[]): string[] {
  const targets = forwards.flatMap(({ target, ports }) => [target, ...ports.map((port) => port.target)]);
  return [...new Set(targets.filter((target) => target !== undefined))];
}

/** Ports come first; the address's own target gets what they leave. */
export function forwardRules(forwards: readonly Forward[]): string[] {
  return forwards.flatMap(({ listen, target, ports }) => {
    const family = listen.includes(":") ? "ip6" : "ip";
    const match = anyOwn[listen] ?? `${family} daddr ${listen}`;
    return [
      ...(["tcp", "udp"] as const).flatMap((protocol) =>
        portRulesOf(
          family,
          match,
          protocol,
          ports.filter((port) => port.protocol === protocol),
        ),
      ),
      ...(target ? [`${match} dnat ${family} to ${target}`] : []),
    ];
  });
}

/** Single ports that become others are looked up in one map: there may be thousands. */
function portRulesOf(family: string, match: string, protocol: "tcp" | "udp", ports: readonly PortRule[]): string[] {
  const isMapped = ({ first, last, targetPort }: PortRule) => first === last && targetPort !== undefined;
  const mapped = ports.filter(isMapped).map(({ first, target, targetPort }) => `${first} : ${target} . ${targetPort}`);
  return [
    ...(mapped.length > 0 ? [`${match} dnat ${family} to ${protocol} dport map { ${mapped.join(", ")} }`] : []),
    ...ports
      .filter((port) => !isMapped(port))
      .map(({ first, last, target, targetPort }) => {
        const range = first === last ? `${first}` : `${first}-${last}`;
        return `${match} ${protocol} dport ${range} dnat ${family} to ${withPort(target, targetPort)}`;
      }),
  ];
}

function withPort(target: string, port: number | undefined): string {
  if (port === undefined) return target;
  return target.includes(":") ? `[${target}]:${port}` : `${target}:${port}`;
}
