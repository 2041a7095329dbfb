import { LodgeError } from "@lodge/api/errors";
import { chooseIpv4Network, chooseIpv6Network } from "@lodge/core";
import { hostNetworks } from "./host-routes.ts";

/** Configuration of a new network: private addresses to which the host has no other way. */
export async function chooseNetworkAddresses(
  random: () => number,
): Promise<Record<"ipv4.address" | "ipv6.address", string>> {
  const ipv4 = chooseIpv4Network(await hostNetworks(), random);
  if (ipv4) return { "ipv4.address": ipv4, "ipv6.address": chooseIpv6Network(random) };
  throw new LodgeError({
    code: "network_exhausted",
    message:
      "The host has routes to all of 10.0.0.0/8, so no addresses are left for a network; give ipv4.address yourself.",
  });
}
