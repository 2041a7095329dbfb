import type { Network, NetworkForward, NetworkState } from "@lodge/api";
import { instanceUrl } from "../instances/dependencies.ts";
import { inProject } from "../project-url.ts";
import type { NetworkForwardRecord, NetworkRecord } from "../store.ts";
import type { NetworkObservation } from "./network.ts";
import type { NetworkUsers } from "./users.ts";

/** A network as the wire shows it. */
export function renderNetwork({ name, description, config }: NetworkRecord, users: NetworkUsers): Network {
  return {
    name,
    description,
    type: "bridge",
    managed: true,
    status: "Created",
    config,
    used_by: [
      ...users.instances
        .filter(({ life }) => life === "present")
        .map(({ name, project }) => inProject(instanceUrl(name), project)),
      ...users.profiles.map(({ name, project }) => inProject(`/1.0/profiles/${name}`, project)),
      ...users.networks.map((each) => `/1.0/networks/${each.name}`),
    ],
    locations: ["none"],
  };
}

/** What was observed, as the wire shows it; a network that is not there is down. */
export function renderNetworkState(seen: NetworkObservation | undefined): NetworkState {
  return {
    addresses: seen?.addresses.map(renderAddress) ?? [],
    counters: {
      bytes_received: seen?.bytesReceived ?? 0,
      bytes_sent: seen?.bytesSent ?? 0,
      packets_received: seen?.packetsReceived ?? 0,
      packets_sent: seen?.packetsSent ?? 0,
    },
    hwaddr: seen?.mac ?? "",
    mtu: seen?.mtu ?? 0,
    state: seen?.up ? "up" : "down",
    type: "broadcast",
    bridge: seen ? { ...bridge, id: `8000.${seen.mac.replaceAll(":", "")}`, upper_devices: [...seen.ports] } : null,
  };
}

/** The same on all our bridges. */
const bridge = { stp: false, forward_delay: 0, vlan_default: 1, vlan_filtering: false };

/** Of `10.77.3.1/24`; the prefix length may be missing. */
export function renderAddress(text: string): NetworkState["addresses"][number] {
  const [address = "", netmask = ""] = text.split("/");
  const family = address.includes(":") ? "inet6" : "inet";
  return { family, address, netmask, scope: /^fe[89ab]/.test(address) ? "link" : "global" };
}

export function renderForward({ listen, description, config, ports }: NetworkForwardRecord): NetworkForward {
  return { listen_address: listen, description, config, ports: [...ports], location: "none" };
}
