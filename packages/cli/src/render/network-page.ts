import type { Network, NetworkForward, NetworkLease, NetworkState } from "@lodge/api";
import { renderPage } from "./page.ts";
import { formatBytes } from "./units.ts";

export interface NetworkFacts {
  readonly network: Network;
  readonly state: NetworkState;
  readonly leases: readonly NetworkLease[];
  readonly forwards: readonly NetworkForward[];
}

/** What a person wants to know about a network. */
export function networkPage({ network, state, leases, forwards }: NetworkFacts): string {
  const { config } = network;
  const { counters } = state;
  const traffic = (bytes: number, packets: number) => `${formatBytes(bytes)} in ${packets} packets`;
  return renderPage([
    ["Name", network.name],
    ["Description", network.description],
    ["Type", config["bridge.uplink"] === "none" ? `${network.type}, isolated` : network.type],
    ["State", state.state],
    ["MAC address", state.hwaddr],
    ["MTU", state.mtu > 0 ? String(state.mtu) : ""],
    ["Addresses", state.addresses.map(({ address, netmask }) => `${address}/${netmask}`)],
    ["Domain", config["dns.mode"] === "none" ? "" : config["dns.domain"] || "lodge"],
    ["Peers", config["bridge.peers"] ?? ""],
    ["Received", traffic(counters.bytes_received, counters.packets_received)],
    ["Sent", traffic(counters.bytes_sent, counters.packets_sent)],
    ["Interfaces", state.bridge?.upper_devices ?? []],
    ["Instances", leases.map(({ hostname, address }) => `${hostname} ${address}`)],
    ["Forwards", forwards.flatMap(forwardLines)],
    ["Used by", network.used_by.map((url) => decodeURIComponent(url.replace(/^\/1\.0\//, "")))],
  ]);
}

function forwardLines(forward: NetworkForward): string[] {
  const target = forward.config["target_address"];
  const lines = forwardedPorts(forward).map((line) => `${forward.listen_address} ${line}`);
  return target ? [...lines, `${forward.listen_address} -> ${target}`] : lines;
}

/** `tcp 80,443 -> 10.9.9.20:8080` */
export function forwardedPorts({ ports }: NetworkForward): string[] {
  return ports.map(({ protocol, listen_port: listen, target_address: target, target_port: to }) => {
    const address = to && target.includes(":") ? `[${target}]` : target;
    return `${protocol} ${listen} -> ${address}${to ? `:${to}` : ""}`;
  });
}
