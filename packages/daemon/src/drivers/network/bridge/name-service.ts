/** The dnsmasqs of all networks: who knows which port, and that they run. */
import { join } from "node:path";
import type { NetworkDefinition, NetworkPort } from "@lodge/core";
import { type DnsmasqRequest, endDnsmasqs, ensureDnsmasq } from "./dnsmasq.ts";
import { type NetworkFiles, networkFiles } from "./dnsmasq-config.ts";
import { type DnsmasqProcess, isRunning, reloadDnsmasq } from "./dnsmasq-processes.ts";
import type { Fabric } from "./fabric.ts";
import { bridgeName } from "./interface-names.ts";
import { type Lease, readLeases, releaseLease } from "./leases.ts";
import { removeReservation, writeReservation } from "./reservations.ts";

export interface Outside {
  readonly mtu: number;
  readonly nameServers: readonly string[];
}

export class NameService {
  /** Directory of all networks. */
  readonly #directory: string;
  readonly #fabric: Fabric;
  readonly #settle: ((pid: number) => Promise<void>) | undefined;
  readonly #running = new Map<string, DnsmasqProcess>();
  /** What those that run were started for. */
  readonly #served = new Map<string, DnsmasqRequest>();

  /** `settle`: see BridgeSetting. */
  constructor(directory: string, fabric: Fabric, settle?: (pid: number) => Promise<void>) {
    this.#directory = directory;
    this.#fabric = fabric;
    this.#settle = settle;
  }

  files(network: string): NetworkFiles {
    return networkFiles(this.directory(network));
  }

  /** Serves a network: its ports, and the names of its peers. */
  async ensure(
    network: NetworkDefinition,
    peers: readonly NetworkDefinition[],
    ports: readonly NetworkPort[],
    { mtu, nameServers }: Outside,
  ): Promise<void> {
    for (const port of ports) await writeReservation(this.files(network.name), port, network);
    const directoryOf = (name: string) => this.directory(name);
    const served = { network, peers, directoryOf, mtu: network.mtu ?? mtu, nameServers, fabric: this.#fabric };
    this.#served.set(network.name, served);
    await this.#start(served);
  }

  async #start(served: DnsmasqRequest): Promise<void> {
    const dnsmasq = await ensureDnsmasq(served);
    await this.#settle?.(dnsmasq.pid);
    this.#running.set(served.network.name, dnsmasq);
  }

  async isRunning(network: string): Promise<boolean> {
    const process = this.#running.get(network);
    return process !== undefined && (await isRunning(process));
  }

  /** Ends it. Idempotent. */
  async end(network: string): Promise<void> {
    await endDnsmasqs(this.directory(network));
    this.#running.delete(network);
    this.#served.delete(network);
  }

  /** Makes a port known, and its address free: whoever had it before is gone. */
  async add(network: NetworkDefinition, port: NetworkPort): Promise<void> {
    const leases = await readLeases(this.files(network.name).leases);
    const others = leases.filter(({ mac, ipv4 }) => ipv4 === port.ipv4 && mac !== port.mac);
    await this.#release(network, others);
    await writeReservation(this.files(network.name), port, network);
  }

  /** Idempotent. */
  async remove(network: NetworkDefinition, ports: readonly NetworkPort[]): Promise<void> {
    if (ports.length === 0) return;
    const files = this.files(network.name);
    for (const port of ports) await removeReservation(files, port);
    for (const name of [network.name, ...network.peers]) await this.#reload(name);
    if (network.dhcpv6) return this.#forgetLeases(network.name);
    const leases = await readLeases(files.leases);
    await this.#release(
      network,
      leases.filter(({ mac }) => ports.some((port) => port.mac === mac)),
    );
  }

  /** A lease of DHCPv6 can be given back only by who knows its client's identifier; at its start dnsmasq is told what still counts. */
  async #forgetLeases(network: string): Promise<void> {
    const served = this.#served.get(network);
    if (!served) return;
    await endDnsmasqs(this.directory(network));
    await this.#start(served);
  }

  async #reload(network: string): Promise<void> {
    const process = this.#running.get(network);
    if (process) await reloadDnsmasq(process);
  }

  async #release(network: NetworkDefinition, leases: readonly Lease[]): Promise<void> {
    if (!(await this.isRunning(network.name))) return;
    const [gateway = ""] = network.ipv4.split("/");
    for (const lease of leases) await releaseLease(this.#fabric.inside, bridgeName(network.name), gateway, lease);
  }

  directory(network: string): string {
    return join(this.#directory, bridgeName(network));
  }
}
