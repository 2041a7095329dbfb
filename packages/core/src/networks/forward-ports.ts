/** Ports of forwards: from LXD's lists (`80,443,8000-8010`) to the rules that a driver makes. Pure. */
import type { NetworkForwardPort } from "@lodge/api";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Ports that go to one address. */
export interface PortRule extends PortRange {
  readonly protocol: "tcp" | "udp";
  readonly target: string;
  /** All go to this one; missing: each to the same one. */
  readonly targetPort?: number;
}

/** Undefined for what is no list of ports from 1 to 65535. */
export function parsePorts(text: string): PortRange[] | undefined {
  const ranges = text.split(",").map((part) => {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    return match && first >= 1 && first <= last && last <= 65_535 ? { first, last } : undefined;
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** Rules of one entry, or what is wrong with it. */
export function portRules(port: NetworkForwardPort): readonly PortRule[] | string {
  const { protocol, target_address: target } = port;
  const listen = parsePorts(port.listen_port);
  if (!listen) return `listen_port "${port.listen_port}" must be ports such as 80,443,8000-8010`;
  if (port.target_port === "") return listen.map((range) => ({ protocol, target, ...range }));
  const targets = parsePorts(port.target_port);
  if (!targets) return `target_port "${port.target_port}" must be ports such as 80,443,8000-8010`;
  const [from, to] = [listen.flatMap(members), targets.flatMap(members)];
  const [only] = to;
  if (to.length === 1 && only !== undefined) {
    return listen.map((range) => ({ protocol, target, ...range, targetPort: only }));
  }
  if (from.length !== to.length) {
    return `target_port "${port.target_port}" must be one port or as many as listen_port "${port.listen_port}"`;
  }
  return from.map((first, at) => ({ protocol, target, first, last: first, targetPort: to[at] ?? first }));
}

/** A port that two rules name, in words. */
export function portTakenTwice(rules: readonly PortRule[]): string | undefined {
  const seen = new Set<string>();
  for (const rule of rules) {
    for (const port of members(rule)) {
      const name = `${rule.protocol} ${port}`;
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return undefined;
}

const members = ({ first, last }: PortRange): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);
