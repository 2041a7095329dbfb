import type { NetworkRecord } from "../store.ts";
import type { NetworkDefinition } from "./network.ts";

/** What a stored network's configuration means to its driver. */
export function definitionOf(record: NetworkRecord): NetworkDefinition {
  return {
    name: record.name,
    ipv4: record.config["ipv4.address"] ?? "",
    ipv6: record.config["ipv6.address"] ?? "",
    nat: record.config["ipv4.nat"] !== "false",
    domain: record.config["dns.domain"] ?? "lodge",
  };
}
