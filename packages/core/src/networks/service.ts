import {
  type Config,
  LodgeError,
  type Network,
  type NetworkCreate,
  type NetworkLease,
  type NetworkPut,
  type NetworkState,
} from "@lodge/api";
import { readNics } from "../instances/devices/nics.ts";
import { portsOf } from "../instances/ports.ts";
import { InstanceRecords } from "../instances/records.ts";
import { requireAllowed } from "../projects/allowed.ts";
import { defaultProjectName } from "../projects/features.ts";
import type { NetworkService } from "../services.ts";
import type { NetworkRecord } from "../store.ts";
import type { NetworkChanges, NetworkDependencies } from "./changes.ts";
import { chooseAddresses, defaultAddresses } from "./choose-addresses.ts";
import { checkNetwork, checkNetworkName } from "./configuration.ts";
import { checkForwards } from "./forward-checks.ts";
import { isNetworkPort } from "./network.ts";
import { renderNetwork, renderNetworkState } from "./render.ts";
import { requireHarmless } from "./revision.ts";
import { contains } from "./subnets.ts";
import { requireUnused, usersOf } from "./users.ts";

/** The managed networks, and who is on them. */
export class Networks implements NetworkService {
  readonly #deps: NetworkDependencies;
  readonly #changes: NetworkChanges;

  constructor(deps: NetworkDependencies, changes: NetworkChanges) {
    this.#deps = deps;
    this.#changes = changes;
  }

  async list(): Promise<Network[]> {
    return Promise.all((await this.#deps.store.networks.list()).map((record) => this.#render(record)));
  }

  async get(name: string): Promise<Network> {
    return this.#render(requireNetwork(name, await this.#deps.store.networks.list()));
  }

  async create({ name, type, description, config }: NetworkCreate): Promise<void> {
    checkNetworkName(name);
    if (type !== undefined && type !== "" && type !== "bridge") {
      throw new LodgeError({
        code: "not_supported",
        message: `Network "${name}" of type "${type}" cannot be made; Lodge makes bridges.`,
      });
    }
    await this.#changes.apply(async (networks, hostNetworks) => {
      requireFree(name, networks);
      const space = { others: networks, hostNetworks, random: this.#deps.random };
      const chosen = chooseAddresses({ ...defaultAddresses, ...whatIsSet(config) }, space);
      const record = { name, description: description ?? "", config: chosen, forwards: [] };
      checkNetwork(record, space);
      await requireAllowed(this.#deps.store, defaultProjectName, { networks: [record] });
      return [...networks, record];
    });
    this.#announce("created", name);
  }

  async update(name: string, change: (network: Network) => NetworkPut): Promise<void> {
    await this.#changes.apply(async (networks, hostNetworks) => {
      const before = requireNetwork(name, networks);
      const others = networks.filter((network) => network !== before);
      const put = change(await this.#render(before));
      const space = { others, hostNetworks, random: this.#deps.random };
      const config = chooseAddresses(whatIsSet(put.config), space);
      const after = { ...before, description: put.description ?? "", config };
      checkNetwork(after, space);
      checkForwards(after, others);
      await requireHarmless(this.#deps, before, after);
      return [...others, after];
    });
    this.#announce("updated", name);
  }

  /** Only of a network that nobody uses: its bridge has its name. */
  async rename(name: string, to: string): Promise<void> {
    checkNetworkName(to);
    await this.#changes.apply(async (networks) => {
      const before = requireNetwork(name, networks);
      requireFree(to, networks);
      requireUnused(name, await usersOf(this.#deps.store, name), "renamed");
      return [...networks.filter((network) => network !== before), { ...before, name: to }];
    });
    this.#announce("renamed", to, { old_name: name });
  }

  async delete(name: string): Promise<void> {
    await this.#changes.apply(async (networks) => {
      const record = requireNetwork(name, networks);
      requireUnused(name, await usersOf(this.#deps.store, name), "deleted");
      return networks.filter((network) => network !== record);
    });
    this.#announce("deleted", name);
  }

  async state(name: string): Promise<NetworkState> {
    requireNetwork(name, await this.#deps.store.networks.list());
    return renderNetworkState(await this.#deps.network.observe(name));
  }

  /** The addresses reserved on the network. */
  async leases(name: string): Promise<NetworkLease[]> {
    const records = await this.#deps.store.networks.list();
    const { config } = requireNetwork(name, records);
    const networks = new Map(records.map((record) => [record.name, record]));
    const instances = new InstanceRecords(this.#deps.store);
    const present = (await this.#deps.store.instances.list()).filter(({ life }) => life === "present");
    const ports = await Promise.all(
      present.map(async (record) => {
        const { devices } = await instances.expand(record);
        const asked = readNics(record.name, devices).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]);
        return portsOf(record, devices, networks).map((port) => ({ port, asked }));
      }),
    );
    const subnets = [config["ipv4.address"] ?? "", config["ipv6.address"] ?? ""];
    return ports.flat().flatMap(({ port, asked }) => {
      if (!isNetworkPort(port) || port.network !== name) return [];
      // One of an earlier configuration counts no more; the instance gets another when it starts.
      const addresses = [port.ipv4, port.ipv6].filter((each) => subnets.some((subnet) => contains(subnet, each)));
      return addresses.map((address) => ({
        ...{ hostname: port.hostname, hwaddr: port.mac, address, location: "none" },
        type: asked.includes(address) ? ("static" as const) : ("dynamic" as const),
      }));
    });
  }

  async #render(record: NetworkRecord): Promise<Network> {
    return renderNetwork(record, await usersOf(this.#deps.store, record.name));
  }

  #announce(what: string, name: string, context: Record<string, unknown> = {}): void {
    this.#deps.events.lifecycle(`network-${what}`, `/1.0/networks/${name}`, context);
  }
}

export function requireNetwork(name: string, networks: readonly NetworkRecord[]): NetworkRecord {
  const record = networks.find((each) => each.name === name);
  if (record) return record;
  throw new LodgeError({
    code: "network_not_found",
    message: `Network "${name}" does not exist; "lodge network list" shows those that do.`,
  });
}

function requireFree(name: string, networks: readonly NetworkRecord[]): void {
  if (!networks.some((network) => network.name === name)) return;
  throw new LodgeError({
    code: "network_exists",
    message: `A network named "${name}" exists already; choose another name.`,
  });
}

/** LXD's clients unset a key by the empty text. */
function whatIsSet(config: Config | null | undefined): Config {
  return Object.fromEntries(Object.entries(config ?? {}).filter(([, value]) => value !== ""));
}
