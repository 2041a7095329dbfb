/**
 * The contract of a network driver.
 *
 * Terms. A *port* is the place of one instance's nic on a network: a MAC and the addresses that it may use and no
 * others. Its *place* is where the instance's end goes: into a container's network namespace, or as a tap device.
 */
import type { InstanceId } from "../instances/driver.ts";
import type { PortRule } from "./forward-ports.ts";

export interface NetworkDefinition {
  readonly name: string;
  /** `10.77.3.1/24`: the gateway's address and prefix; empty: no IPv4. */
  readonly ipv4: string;
  /** `fd42:…::1/64`; empty: no IPv6. */
  readonly ipv6: string;
  /** Families whose addresses are translated to the outside when the host has an uplink; others are routed. */
  readonly nat: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** Instances are told their IPv4 addresses. */
  readonly dhcp: boolean;
  /** Instances are told their IPv6 addresses, and do not form them of their MACs. */
  readonly dhcpv6: boolean;
  /** `lodge`: instances resolve as NAME.lodge. */
  readonly domain: string;
  /** Domains by which instances complete short names. */
  readonly search: readonly string[];
  /** Instances have names at all. */
  readonly names: boolean;
  /** Bytes; missing: the uplink's. */
  readonly mtu?: number;
  /** Its instances reach each other and their name server; nothing else reaches them, the host included. */
  readonly isolated: boolean;
  /** Networks, other than isolated ones, whose instances and those of this one reach each other and know each other's names. */
  readonly peers: readonly string[];
  readonly forwards: readonly Forward[];
}

/** Connections to an external address are sent on to instances of the network. The way works where it ends on this host. */
export interface Forward {
  readonly listen: string;
  /** Gets what no rule names; missing: nothing does. Of the same family, as all targets. */
  readonly target?: string;
  readonly ports: readonly PortRule[];
}

/** What is sent on to one instance for a device of its own. A listen address of `0.0.0.0` or `::` stands for all of the host's but loopback. */
export interface InstanceForward extends Forward {
  readonly instance: InstanceId;
  readonly device: string;
}

/** Where a driver wants its nics: told by `InstanceDriver.prepare`. */
export type NicPlace =
  | { readonly kind: "namespace" /** A path to the network namespace. */; readonly path: string }
  | {
      readonly kind: "tap" /** Owner of the tap device. */;
      readonly uid: number;
      /** The instance's driver has it already, as `Foresight` told; missing: it is to be made. */
      readonly made?: true;
    };

/** What a port lets out: frames under its own addresses alone. Without `mac`, everything. */
export interface PortFilter {
  readonly mac: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

/** Bits a second, as the instance sees it; what is missing is not limited. */
export interface NicLimits {
  /** What it receives. */
  readonly ingress?: number;
  /** What it sends. */
  readonly egress?: number;
}

interface NicPort {
  readonly instance: InstanceId;
  /** Host name in DNS: the instance's name, `web`, or, of another project than the default one, `web.blue`. */
  readonly hostname: string;
  /** Device name of the instance's configuration (`eth0`). */
  readonly device: string;
  /** Name of the interface inside a container, when it is not the device's. */
  readonly interface?: string;
  /** The nic's place among the instance's, 0 to 7: part of interface names, and kept while the nic exists. */
  readonly index: number;
  /** Lower case, colons. */
  readonly mac: string;
  /** Bytes; missing: that of what it is connected to, which it cannot exceed. */
  readonly mtu?: number;
  readonly filter: PortFilter;
  readonly limits?: NicLimits;
  /** The address that it may use; empty: none, or one that nobody knows. */
  readonly ipv4: string;
  readonly ipv6: string;
}

/** On a managed network. `ipv4` is reserved, `ipv6` too or formed by SLAAC of the MAC (EUI-64). */
export interface NetworkPort extends NicPort {
  readonly network: string;
}

/** On an interface of the host, and so in the LAN that this is in. */
export interface LanPort extends NicPort {
  readonly parent: string;
  /** A port of the bridge `parent`, or a MAC of its own beside that of `parent`; the latter is not filtered. */
  readonly mode: "bridged" | "macvlan";
}

export type Port = NetworkPort | LanPort;

export const isNetworkPort = (port: Port): port is NetworkPort => "network" in port;

/** What is attached, as the instance's driver needs it. */
export type AttachedNic = {
  readonly device: string;
  readonly mac: string;
  readonly mtu: number;
  /** Host-side interface name, inside the fabric's namespace. */
  readonly hostInterface: string;
} & (
  | { readonly kind: "namespace" }
  | {
      readonly kind: "tap" /** Network namespace in which the tap `hostInterface` lives. */;
      readonly fabricNamespace: string;
      /** It is a macvtap, which has a device node of its own; missing: a tap, opened by way of /dev/net/tun. */
      readonly macvtap?: true;
    }
);

export interface PortState {
  /** Addresses seen in use (leases, neighbours): `10.77.3.14/24`, without prefix length where nobody knows it. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** Bytes. */
  readonly mtu: number;
  /** Host-side interface name. */
  readonly hostInterface: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** That the kernel holds it to; missing: none. */
  readonly limits?: NicLimits;
}

/** What is seen of a network. */
export interface NetworkObservation {
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  readonly up: boolean;
  /** `10.77.3.1/24` */
  readonly addresses: readonly string[];
  /** Host-side interface names of the ports on it. */
  readonly ports: readonly string[];
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

export interface NetworkDriver {
  /**
   * Brings the network up: namespace, bridge, DHCP, DNS, filters, link to the host. Idempotent; adopts what already runs, and
   * changes a network that is there to the new definition without touching its ports.
   */
  ensure(network: NetworkDefinition): Promise<void>;
  /** Connects a nic, which is held to its limits from then on. Idempotent for the same port and place. `network_not_found`, `network_parent_invalid`. */
  attach(port: Port, place: NicPlace): Promise<AttachedNic>;
  /** Sends connections on to an instance, whose ports are attached; in place of what was for this device before. */
  forward(forward: InstanceForward): Promise<void>;
  /** Idempotent. */
  unforward(instance: InstanceId, device: string): Promise<void>;
  /** All ports and forwards of an instance. Idempotent. */
  detach(instance: InstanceId): Promise<void>;
  /** The one port of this device; the instance may be running and keeps the others. Idempotent. */
  detachPort(instance: InstanceId, device: string): Promise<void>;
  /** By device name; missing for ports not attached. Counters as the instance sees them. */
  state(instance: InstanceId): Promise<Readonly<Record<string, PortState>>>;
  /** Undefined for a network that is not there. */
  observe(network: string): Promise<NetworkObservation | undefined>;
  /** At daemon start: ensures these networks, keeps these ports, makes these forwards of instances, removes all others of this LODGE_DIR. */
  reconcile(
    networks: readonly NetworkDefinition[],
    ports: readonly Port[],
    forwards: readonly InstanceForward[],
  ): Promise<void>;
  /** Removes a network: bridge, DHCP, rules. Idempotent. */
  remove(name: string): Promise<void>;
  /** Networks (`192.0.2.0/24`) to which the host has a way other than through this driver. */
  hostNetworks(): Promise<readonly string[]>;
  /** Whether the fabric reaches beyond the host, and why not. */
  uplink(): Promise<{ readonly connected: boolean; readonly detail: string }>;
}

/** Of drivers that change the limits of ports. */
export interface PortLimits {
  /**
   * Holds ports that are attached to the limits that they say now, or to none. In all else they must be as they were attached.
   * Ports that are not attached are left alone. Idempotent.
   */
  setLimits(ports: readonly Port[]): Promise<void>;
}

/** Of drivers whose taps may be made by who opens them, before it is known what they are to be connected to. */
export interface Foresight {
  /** What `attach` would return for a tap. Nothing is made: a tap of this name, in this namespace, leads nowhere until then. */
  foresee(port: Port): Promise<AttachedNic>;
}
