import type { NetworkRecord } from "../store.ts";
import type { NetworkDependencies } from "./changes.ts";
import { definitionsOf } from "./definition.ts";
import type { NetworkDefinition } from "./network.ts";
import { requireNobodyRuns, usersOf } from "./users.ts";

/** What running instances have taken for granted: their addresses and the size of their packets. */
const granted = {
  "ipv4.address": ({ ipv4 }) => ipv4,
  "ipv6.address": ({ ipv6 }) => ipv6,
  "ipv6.dhcp.stateful": ({ dhcpv6 }) => dhcpv6,
  "bridge.mtu": ({ mtu }) => mtu,
} as const satisfies Record<string, (network: NetworkDefinition) => unknown>;

/** Refuses a change of a network that would break what runs on it. */
export async function requireHarmless(
  deps: NetworkDependencies,
  before: NetworkRecord,
  after: NetworkRecord,
): Promise<void> {
  const [from, to] = definitionsOf([before]).concat(definitionsOf([after]));
  const broken = Object.entries(granted).filter(([, value]) => from && to && value(from) !== value(to));
  if (broken.length === 0) return;
  const keys = broken.map(([key]) => key).join(", ");
  requireNobodyRuns(before.name, await usersOf(deps.store, before.name), deps.isRunning, keys);
}
