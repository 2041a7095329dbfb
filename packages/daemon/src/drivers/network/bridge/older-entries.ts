/** Entries of the books as earlier versions wrote them, completed with what has come since: as things were then. */
import type { NetworkDefinition, NetworkPort } from "@lodge/core";

/** Every address of a port was filtered. */
export function completePort(port: NetworkPort | Omit<NetworkPort, "filter">): NetworkPort {
  return "filter" in port ? port : { ...port, filter: { mac: true, ipv4: true, ipv6: true } };
}

type OlderNetwork = Pick<NetworkDefinition, "name" | "ipv4" | "ipv6" | "domain"> & { readonly nat: boolean };

/** One translation for both families; names and leases for all; no peers and no forwards. */
export function completeNetwork(network: NetworkDefinition | OlderNetwork): NetworkDefinition {
  if ("peers" in network) return network;
  const { nat, domain } = network;
  return {
    ...network,
    nat: { ipv4: nat, ipv6: nat },
    dhcp: true,
    dhcpv6: false,
    search: [domain],
    names: true,
    isolated: false,
    peers: [],
    forwards: [],
  };
}
