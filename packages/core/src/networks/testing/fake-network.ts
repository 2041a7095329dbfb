import { LodgeError } from "@lodge/api";
import type { InstanceId } from "../../instances/driver.ts";
import {
  type AttachedNic,
  type Foresight,
  type InstanceForward,
  isNetworkPort,
  type NetworkDefinition,
  type NetworkDriver,
  type NetworkObservation,
  type NicPlace,
  type Port,
  type PortLimits,
  type PortState,
} from "../network.ts";

/** A network driver in memory. Its instances use their addresses as soon as they are attached. */
export class FakeNetwork implements NetworkDriver, Foresight, PortLimits {
  readonly networks: Map<string, NetworkDefinition>;
  /** By host-side interface name. */
  readonly ports: Map<string, Port>;
  /** Of instances, by instance and device. */
  readonly forwards: Map<string, InstanceForward>;
  /** The next `ensure` of this network fails. */
  failEnsure: string | undefined;

  /** With another one's state: what the next daemon finds. */
  constructor(before?: FakeNetwork) {
    this.networks = before?.networks ?? new Map();
    this.ports = before?.ports ?? new Map();
    this.forwards = before?.forwards ?? new Map();
  }

  async ensure(network: NetworkDefinition): Promise<void> {
    if (this.failEnsure === network.name) {
      this.failEnsure = undefined;
      throw new LodgeError({ code: "network_failed", message: `No room for ${network.name}.` });
    }
    this.networks.set(network.name, network);
  }

  async attach(port: Port, place: NicPlace): Promise<AttachedNic> {
    const nic = this.#nic(port, place);
    this.ports.set(nic.hostInterface, port);
    return nic;
  }

  async foresee(port: Port): Promise<AttachedNic> {
    return this.#nic(port, { kind: "tap", uid: 1 });
  }

  #nic(port: Port, place: NicPlace): AttachedNic {
    const network = isNetworkPort(port) ? this.networks.get(port.network) : undefined;
    if (isNetworkPort(port) && !network) {
      throw new LodgeError({ code: "network_not_found", message: `Network "${port.network}" does not exist.` });
    }
    const mtu = port.mtu ?? network?.mtu ?? 1500;
    const nic = { device: port.device, mac: port.mac, mtu, hostInterface: interfaceOf(port) };
    return place.kind === "tap" ? { ...nic, kind: "tap", fabricNamespace: "/fabric" } : { ...nic, kind: "namespace" };
  }

  async forward(forward: InstanceForward): Promise<void> {
    this.forwards.set(forwardKey(forward), forward);
  }

  async unforward(instance: InstanceId, device: string): Promise<void> {
    this.forwards.delete(forwardKey({ instance, device }));
  }

  async detach(instance: InstanceId): Promise<void> {
    for (const [key, forward] of this.forwards) if (forward.instance === instance) this.forwards.delete(key);
    for (const [name, port] of this.ports) if (port.instance === instance) this.ports.delete(name);
  }

  async detachPort(instance: InstanceId, device: string): Promise<void> {
    for (const [name, port] of this.ports) {
      if (port.instance === instance && port.device === device) this.ports.delete(name);
    }
  }

  async setLimits(ports: readonly Port[]): Promise<void> {
    for (const port of ports) if (this.ports.has(interfaceOf(port))) this.ports.set(interfaceOf(port), port);
  }

  async state(instance: InstanceId): Promise<Record<string, PortState>> {
    const attached = [...this.ports.values()].filter((port) => port.instance === instance);
    return Object.fromEntries(attached.map((port) => [port.device, stateOf(port)]));
  }

  async observe(name: string): Promise<NetworkObservation | undefined> {
    const network = this.networks.get(name);
    if (!network) return undefined;
    const ports = [...this.ports]
      .filter(([, port]) => isNetworkPort(port) && port.network === name)
      .map(([each]) => each);
    const addresses = [network.ipv4, network.ipv6].filter(Boolean);
    return { mac: "02:10:d7:00:00:01", mtu: network.mtu ?? 1500, up: true, addresses, ports, ...counters };
  }

  async reconcile(
    networks: readonly NetworkDefinition[],
    ports: readonly Port[],
    forwards: readonly InstanceForward[],
  ): Promise<void> {
    for (const name of this.networks.keys()) {
      if (!networks.some((network) => network.name === name)) await this.remove(name);
    }
    for (const network of networks) await this.ensure(network);
    const kept = new Set(ports.map(interfaceOf));
    for (const name of this.ports.keys()) if (!kept.has(name)) this.ports.delete(name);
    await this.setLimits(ports);
    this.forwards.clear();
    for (const forward of forwards) await this.forward(forward);
  }

  async remove(name: string): Promise<void> {
    for (const [key, port] of this.ports) if (isNetworkPort(port) && port.network === name) this.ports.delete(key);
    this.networks.delete(name);
  }

  async hostNetworks(): Promise<string[]> {
    return ["192.0.2.0/24"];
  }

  async uplink() {
    return { connected: false, detail: "There is nothing outside." };
  }
}

const forwardKey = ({ instance, device }: Pick<InstanceForward, "instance" | "device">) => `${instance} ${device}`;

const interfaceOf = ({ instance, index }: Port) => `nic${instance}${index}`;

const counters = { bytesReceived: 0, bytesSent: 0, packetsReceived: 0, packetsSent: 0 };

function stateOf(port: Port): PortState {
  const shown = (address: string, length: number) => (address ? [`${address}/${length}`] : []);
  const limits = port.limits && { limits: port.limits };
  const link = { mtu: port.mtu ?? 1500, hostInterface: interfaceOf(port) };
  return { ipv4: shown(port.ipv4, 24), ipv6: shown(port.ipv6, 64), ...link, ...counters, ...limits };
}
