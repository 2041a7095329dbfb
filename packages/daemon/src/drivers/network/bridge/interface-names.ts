/** Names of network interfaces: at most 15 characters, and the owner can be read from them. */
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "@lodge/core";

/** The fabric's end of the link to the host. */
export const fabricLink = "host0";

/** The host's end of the link to the fabric. */
export function hostLink(tag: string): string {
  return `lodge-${tag}`;
}

/** The host-side end of an instance's nic, inside the fabric. */
export function portInterface(port: { readonly instance: InstanceId; readonly index: number }): string {
  return `nic${port.instance}${port.index}`;
}

/** Through which goes what a port limits on its way in: see port-limits.ts. */
export function detourInterface(port: { readonly instance: InstanceId; readonly index: number }): string {
  return `ifb${port.instance}${port.index}`;
}

export function isPortInterface(name: string): boolean {
  return /^(nic|ifb)[0-9a-f]{8}[0-7]$/.test(name);
}

/** A network's bridge has the network's name, so this name must be fit for an interface and mean nothing else. */
export function bridgeName(network: string): string {
  const taken = [fabricLink, "lo", "all", "default"].includes(network) || isPortInterface(network);
  if (/^[a-zA-Z][a-zA-Z0-9-]{0,14}$/.test(network) && !taken) return network;
  throw new LodgeError({
    code: "request_invalid",
    message: `"${network}" cannot be the name of a network: use 1 to 15 letters, digits and hyphens, starting with a letter, and not ${fabricLink}, lo, all or default.`,
  });
}
