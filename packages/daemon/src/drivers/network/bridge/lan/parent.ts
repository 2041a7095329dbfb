/** Interfaces of the host that nics are connected to. */
import { LodgeError } from "@lodge/api/errors";
import type { LanPort } from "@lodge/core";
import { hostLink } from "../interface-names.ts";
import type { Link } from "../links.ts";
import { lanPrefix } from "./lan-names.ts";

/** The parent of a port among the host's interfaces. `network_parent_invalid`. */
export function requireParent({ parent, mode, device, hostname }: LanPort, tag: string, links: readonly Link[]): Link {
  const nic = `nic "${device}" of instance ${hostname}`;
  const link = links.find(({ ifname }) => ifname === parent);
  if (link && fits(link, mode, tag)) return link;
  const names = links.filter((each) => fits(each, mode, tag)).map(({ ifname }) => ifname);
  const what = mode === "bridged" ? "bridges" : "interfaces for it";
  const there = names.length > 0 ? `the host's ${what}: ${names.join(", ")}` : `the host has no ${what}`;
  const problem = link ? `"${parent}" is ${mode === "bridged" ? "no bridge" : "unfit"}` : `there is no "${parent}"`;
  throw new LodgeError({
    code: "network_parent_invalid",
    message: `The ${nic} with nictype=${mode} has no parent on the host: ${problem}; ${there}.`,
  });
}

/** Neither loopback nor anything of ours. */
function fits({ ifname, linkinfo, flags }: Link, mode: LanPort["mode"], tag: string): boolean {
  if (flags?.includes("LOOPBACK") || ifname === hostLink(tag) || ifname.startsWith(lanPrefix(tag))) return false;
  return mode === "macvlan" || linkinfo?.info_kind === "bridge";
}
