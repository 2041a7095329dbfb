/** What the host's routing table says: where the outside is, and which addresses are in use. */
import { networkPrefix } from "@lodge/core";
import { run } from "../../../system/run.ts";
import { hostLink } from "./interface-names.ts";

/** One line of `ip -j route`. */
export interface Route {
  readonly type?: string;
  readonly dst: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly gateway?: string;
}

/** The interface of the default route with the lowest metric; undefined without one. */
export function defaultInterface(routes: readonly Route[]): string | undefined {
  const usable = routes.filter(({ dst, dev, type }) => dst === "default" && dev && (type ?? "unicast") === "unicast");
  return usable.toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0))[0]?.dev;
}

export async function routes(family: "-4" | "-6", table: "main" | "all" = "main"): Promise<Route[]> {
  const text = await run("ip", [family, "-j", "route", "show", "table", table], { code: "network_failed" });
  return JSON.parse(text || "[]") as Route[];
}

/** Networks that the host knows a way to, other than those behind our own link. */
export async function hostNetworks(tag: string): Promise<string[]> {
  const all = (await Promise.all([routes("-4", "all"), routes("-6", "all")])).flat();
  const isOurs = ({ dev, gateway }: Route) => dev === hostLink(tag) && gateway !== undefined;
  const known = all.filter((route) => !isOurs(route)).map(({ dst }) => networkPrefix(dst));
  return [...new Set(known.filter(Boolean))];
}

export interface Uplink {
  /** Interfaces towards the outside, by family. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** The smallest of theirs, at most 1500: what instances may send in one packet. */
  readonly mtu: number;
}

/** Undefined when the host has no default route. */
export async function findUplink(): Promise<Uplink | undefined> {
  const [ipv4, ipv6] = await Promise.all(
    (["-4", "-6"] as const).map(async (family) => defaultInterface(await routes(family, "main"))),
  );
  const interfaces = [ipv4, ipv6].filter((name) => name !== undefined);
  if (interfaces.length === 0) return undefined;
  const mtus = await Promise.all(interfaces.map(interfaceMtu));
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }), mtu: Math.min(1500, ...mtus) };
}

async function interfaceMtu(name: string): Promise<number> {
  const [link] = JSON.parse(await run("ip", ["-j", "link", "show", "dev", name], { code: "network_failed" })) as {
    mtu: number;
  }[];
  return link?.mtu ?? 1500;
}
