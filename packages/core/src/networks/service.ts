import { LodgeError, type Network, type NetworkLease } from "@lodge/api";
import { portsOf } from "../instances/ports.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { NetworkService } from "../services.ts";
import type { InstanceRecord, NetworkRecord, Store } from "../store.ts";

/** The managed networks, and who is on them. */
export class Networks implements NetworkService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(): Promise<Network[]> {
    return Promise.all((await this.#store.networks.list()).map((record) => this.#render(record)));
  }

  async get(name: string): Promise<Network> {
    return this.#render(await this.#require(name));
  }

  /** The addresses reserved on the network; instances get them by DHCP and form the IPv6 ones themselves. */
  async leases(name: string): Promise<NetworkLease[]> {
    await this.#require(name);
    const ports = (await this.#ports()).flatMap(({ ports }) => ports).filter((port) => port.network === name);
    return ports.flatMap(({ hostname, mac, ipv4, ipv6 }) =>
      [ipv4, ipv6]
        .filter(Boolean)
        .map((address) => ({ hostname, hwaddr: mac, address, type: "dynamic" as const, location: "none" })),
    );
  }

  async #require(name: string): Promise<NetworkRecord> {
    const record = await this.#store.networks.get(name);
    if (!record)
      throw new LodgeError({
        code: "network_not_found",
        message: `Network "${name}" does not exist; "lodge network list" shows those that do.`,
      });
    return record;
  }

  async #ports() {
    const networks = new Map((await this.#store.networks.list()).map((n) => [n.name, n]));
    const records = new InstanceRecords(this.#store);
    const instances = (await this.#store.instances.list()).filter((r) => r.life === "present");
    return Promise.all(
      instances.map(async (record: InstanceRecord) => ({
        record,
        ports: portsOf(record, (await records.expand(record)).devices, networks),
      })),
    );
  }

  async #render(record: NetworkRecord): Promise<Network> {
    const users = (await this.#ports()).filter(({ ports }) => ports.some((port) => port.network === record.name));
    return {
      name: record.name,
      description: record.description,
      type: "bridge",
      managed: true,
      status: "Created",
      config: record.config,
      used_by: [...users.map(({ record: instance }) => `/1.0/instances/${instance.name}`), "/1.0/profiles/default"],
      locations: ["none"],
    };
  }
}
