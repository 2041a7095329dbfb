import { isTrue, splitList } from "@lodge/api";
import type { NetworkForwardRecord, NetworkRecord } from "../store.ts";
import { portRules } from "./forward-ports.ts";
import type { Forward, NetworkDefinition } from "./network.ts";

/** What stored networks mean to their driver. Their configuration has been checked. */
export function definitionsOf(records: readonly NetworkRecord[]): NetworkDefinition[] {
  return records.map((record) => definitionOf(record, records));
}

function definitionOf(record: NetworkRecord, all: readonly NetworkRecord[]): NetworkDefinition {
  const { name, config } = record;
  const domain = config["dns.domain"] || "lodge";
  const search = splitList(config["dns.search"]);
  return {
    name,
    ipv4: gatewayOf(config["ipv4.address"]),
    ipv6: gatewayOf(config["ipv6.address"]),
    nat: { ipv4: isTrue(config["ipv4.nat"]), ipv6: isTrue(config["ipv6.nat"]) },
    dhcp: isTrue(config["ipv4.dhcp"] || "true"),
    dhcpv6: isTrue(config["ipv6.dhcp.stateful"]),
    domain,
    search: search.length > 0 ? search : [domain],
    names: config["dns.mode"] !== "none",
    ...(config["bridge.mtu"] && { mtu: Number(config["bridge.mtu"]) }),
    isolated: isIsolated(record),
    peers: peersOf(record, all),
    forwards: record.forwards.map(forwardOf),
  };
}

/** The gateway with its prefix length; empty without that family. */
export const gatewayOf = (value: string | undefined): string => (value === undefined || value === "none" ? "" : value);

export const isIsolated = ({ config }: NetworkRecord): boolean => config["bridge.uplink"] === "none";

/** Those that name each other. */
function peersOf(record: NetworkRecord, all: readonly NetworkRecord[]): string[] {
  const names = (one: NetworkRecord, other: NetworkRecord) =>
    splitList(one.config["bridge.peers"]).includes(other.name) && !isIsolated(one);
  return all.filter((other) => names(record, other) && names(other, record)).map(({ name }) => name);
}

function forwardOf({ listen, config, ports }: NetworkForwardRecord): Forward {
  const target = config["target_address"];
  const rules = ports.map(portRules).filter((entry) => typeof entry !== "string");
  return { listen, ...(target && { target }), ports: rules.flat() };
}
