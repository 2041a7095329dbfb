/**
 * The contract of a network driver.
 *
 * Terms. A *port* is the place of one instance's nic on a network: a MAC and the addresses that it may use and no
 * others. Its *place* is where the instance's end goes: into a container's network namespace, or as a tap device.
 */
import type { InstanceId } from "../instances/driver.ts";

export interface NetworkDefinition {
  readonly name: string;
  /** `10.77.3.1/24`: the gateway's address and prefix. */
  readonly ipv4: string;
  /** `fd42:…::1/64`. */
  readonly ipv6: string;
  /** Translate addresses to the outside when the host has an uplink. */
  readonly nat: boolean;
  /** `lodge`: instances resolve as NAME.lodge. */
  readonly domain: string;
}

/** Where a driver wants its nics: told by `InstanceDriver.prepare`. */
export type NicPlace =
  | { readonly kind: "namespace" /** A path to the network namespace. */; readonly path: string }
  | { readonly kind: "tap" /** Owner of the tap device. */; readonly uid: number };

export interface Port {
  readonly network: string;
  readonly instance: InstanceId;
  /** Host name in DNS: the instance's name. */
  readonly hostname: string;
  /** Device name of the instance's configuration (`eth0`). */
  readonly device: string;
  /** Name of the interface inside a container, when it is not the device's. */
  readonly interface?: string;
  /** The nic's place among the instance's, 0 to 7: part of interface names, and kept while the nic exists. */
  readonly index: number;
  /** Lower case, colons. */
  readonly mac: string;
  /** The reserved address. */
  readonly ipv4: string;
  /** The address that SLAAC forms of the MAC (EUI-64). */
  readonly ipv6: string;
}

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
    }
);

export interface PortState {
  /** Addresses seen in use: DHCP leases and neighbours, without prefix length. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

export interface NetworkDriver {
  /** Brings the network up: namespace, bridge, DHCP, DNS, filters, link to the host. Idempotent; adopts what already runs. */
  ensure(network: NetworkDefinition): Promise<void>;
  /** Connects a nic. Idempotent for the same port and place. */
  attach(port: Port, place: NicPlace): Promise<AttachedNic>;
  /** All ports of an instance. Idempotent. */
  detach(instance: InstanceId): Promise<void>;
  /** The one port of this device; the instance may be running and keeps the others. Idempotent. */
  detachPort(instance: InstanceId, device: string): Promise<void>;
  /** By device name; missing for ports not attached. Counters as the instance sees them. */
  state(instance: InstanceId): Promise<Readonly<Record<string, PortState>>>;
  /** At daemon start: keeps these ports, removes all others of this LODGE_DIR. */
  reconcile(ports: readonly Port[]): Promise<void>;
  /** Removes a network: bridge, DHCP, rules. Idempotent. */
  remove(name: string): Promise<void>;
  /** Whether the fabric reaches beyond the host, and why not. */
  uplink(): Promise<{ readonly connected: boolean; readonly detail: string }>;
}
