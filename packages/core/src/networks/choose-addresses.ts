import { type Config, LodgeError } from "@lodge/api";
import type { NetworkRecord } from "../store.ts";
import { chooseIpv4Network, chooseIpv6Network } from "./addresses.ts";
import { gatewayOf } from "./definition.ts";

/** What `auto` is chosen from. */
export interface AddressSpace {
  readonly others: readonly NetworkRecord[];
  readonly hostNetworks: readonly string[];
  /** In [0, 1). */
  readonly random: () => number;
}

/** The configuration with addresses in place of `auto`. Private addresses are translated unless it says otherwise. */
export function chooseAddresses(config: Config, space: AddressSpace): Config {
  const chosen = { ...config };
  if (config["ipv4.address"] === "auto") {
    chosen["ipv4.address"] = chooseIpv4(space);
    chosen["ipv4.nat"] ??= "true";
  }
  if (config["ipv6.address"] === "auto") {
    chosen["ipv6.address"] = chooseIpv6Network(space.random);
    chosen["ipv6.nat"] ??= "true";
  }
  return chosen;
}

/** What a new network has unless its user says otherwise. */
export const defaultAddresses: Config = { "ipv4.address": "auto", "ipv6.address": "auto" };

function chooseIpv4({ others, hostNetworks, random }: AddressSpace): string {
  const used = [...hostNetworks, ...others.map(({ config }) => gatewayOf(config["ipv4.address"]))];
  const chosen = chooseIpv4Network(used, random);
  if (chosen) return chosen;
  throw new LodgeError({
    code: "network_exhausted",
    message:
      "The host has routes to all of 10.0.0.0/8, so no addresses are left for a network; give ipv4.address yourself.",
  });
}
