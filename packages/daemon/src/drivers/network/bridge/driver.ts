/** Managed networks as Linux bridges in a network namespace of our own, with dnsmasq and nftables. */
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual as isDeepEqual } from "node:util";
import { LodgeError } from "@lodge/api/errors";
import {
  type AttachedNic,
  type Foresight,
  type InstanceForward,
  type InstanceId,
  isNetworkPort,
  type LanPort,
  type Log,
  type NetworkDefinition,
  type NetworkDriver,
  type NetworkObservation,
  type NicPlace,
  type Port,
  type PortLimits,
  type PortState,
} from "@lodge/core";
import { isPinned } from "../../../system/namespaces.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { Book } from "./books.ts";
import { Fabric } from "./fabric.ts";
import { FabricPorts } from "./fabric-ports.ts";
import { hostNetworks } from "./host-routes.ts";
import { forwardName, withInstanceForwards } from "./instance-forwards.ts";
import { bridgeName } from "./interface-names.ts";
import { LanPorts } from "./lan/lan-ports.ts";
import { listLinks } from "./links.ts";
import { NameService } from "./name-service.ts";
import { bridgeState } from "./observation.ts";
import { completeNetwork } from "./older-entries.ts";
import { describeUplink, lookOutside, type Outside } from "./outside.ts";
import { Serial } from "./serial.ts";
import { startUpkeep } from "./upkeep.ts";

export { removeFabric } from "./remove-fabric.ts";

export interface BridgeSetting {
  readonly paths: LodgePaths;
  readonly log: Log;
  /** `none`: the fabric stays closed even where the host has a way out. */
  readonly uplink: "auto" | "none";
  /** Takes a process that outlives the daemon out of the daemon's control group; default: it stays there. */
  readonly settle?: (pid: number) => Promise<void>;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}

export interface BridgeDriver extends NetworkDriver, Foresight, PortLimits {
  /** Stops looking after the networks; they go on. */
  close(): void;
}

export function createBridgeDriver(setting: BridgeSetting): BridgeDriver {
  return new ManagedBridges(setting);
}

class ManagedBridges implements BridgeDriver {
  readonly #setting: BridgeSetting;
  readonly #fabric: Fabric;
  readonly #names: NameService;
  readonly #networks: Book<NetworkDefinition>;
  readonly #ports: FabricPorts;
  readonly #lan: LanPorts;
  readonly #forwards: Book<InstanceForward>;
  /** What concerns the fabric as a whole happens in turn; ports come and go beside it. */
  readonly #serial = new Serial();
  readonly #served = new Set<string>();
  #outside: Outside | undefined;
  #endUpkeep: (() => void) | undefined;

  constructor(setting: BridgeSetting) {
    const { networks } = setting.paths;
    this.#setting = setting;
    this.#fabric = new Fabric({ ...setting, random: setting.random ?? Math.random });
    this.#names = new NameService(join(networks, "bridges"), this.#fabric, setting.settle);
    this.#networks = new Book(join(networks, "definitions"), completeNetwork);
    this.#ports = new FabricPorts({
      directory: join(networks, "ports"),
      fabric: this.#fabric,
      names: this.#names,
      networks: this.#networks,
      mtu: async () => (this.#outside ??= await lookOutside(this.#fabric)).mtu,
      log: setting.log,
    });
    this.#lan = new LanPorts(join(networks, "lan-ports"), setting.paths.tag, setting.log);
    this.#forwards = new Book(join(networks, "forwards"));
  }

  async ensure(definition: NetworkDefinition): Promise<void> {
    const network = this.#possible(definition);
    await this.#serial.run(async () => {
      const before = await this.#networks.get(network.name);
      try {
        await this.#ensure(network);
      } catch (error) {
        await this.#putBack(network.name, before);
        throw error;
      }
    });
  }

  attach(port: Port, place: NicPlace): Promise<AttachedNic> {
    return isNetworkPort(port) ? this.#ports.attach(port, place) : this.#lan.attach(port, place);
  }

  async foresee(port: Port): Promise<AttachedNic> {
    if (isNetworkPort(port)) return this.#ports.foresee(port);
    throw new LodgeError({ code: "not_supported", message: `The nic "${port.device}" is on no network of Lodge's.` });
  }

  async setLimits(ports: readonly Port[]): Promise<void> {
    await this.#ports.setLimits(ports.filter(isNetworkPort));
    await this.#lan.setLimits(ports.filter((port): port is LanPort => !isNetworkPort(port)));
  }

  async forward(forward: InstanceForward): Promise<void> {
    await this.#serial.run(async () => {
      await this.#forwards.put(forwardName(forward), forward);
      await this.#apply(await this.#networks.all());
    });
  }

  async unforward(instance: InstanceId, device: string): Promise<void> {
    await this.#removeForwards((forward) => forward.instance === instance && forward.device === device);
  }

  async detach(instance: InstanceId): Promise<void> {
    await this.#removeForwards((forward) => forward.instance === instance);
    await this.#removePorts((port) => port.instance === instance);
  }

  async detachPort(instance: InstanceId, device: string): Promise<void> {
    await this.#removePorts((port) => port.instance === instance && port.device === device);
  }

  async state(instance: InstanceId): Promise<Readonly<Record<string, PortState>>> {
    const [networks, lan] = await Promise.all([this.#ports.state(instance), this.#lan.state(instance)]);
    return { ...networks, ...lan };
  }

  async observe(network: string): Promise<NetworkObservation | undefined> {
    if (!(await isPinned(this.#fabric.path))) return undefined;
    return bridgeState(bridgeName(network), await listLinks(this.#fabric.inside));
  }

  async reconcile(
    definitions: readonly NetworkDefinition[],
    ports: readonly Port[],
    forwards: readonly InstanceForward[],
  ): Promise<void> {
    const networks = definitions.map((definition) => this.#possible(definition));
    await this.#serial.run(async () => {
      for (const forward of await this.#forwards.all()) await this.#forwards.remove(forwardName(forward));
      for (const forward of forwards) await this.#forwards.put(forwardName(forward), forward);
      const known = (await this.#networks.all()).map(({ name }) => name);
      const gone = known.filter((name) => !networks.some((network) => network.name === name));
      for (const name of gone) await this.#remove(name);
      if (networks.length > 0) {
        await this.#openDirectory();
        for (const network of networks) await this.#networks.put(network.name, network);
        await this.#apply(networks);
        for (const network of networks) await this.#serve(network, networks);
      }
      await this.#ports.keep(ports.filter(isNetworkPort));
      await this.#lan.keep(ports.filter((port): port is LanPort => !isNetworkPort(port)));
    });
  }

  async remove(name: string): Promise<void> {
    await this.#serial.run(() => this.#remove(name));
  }

  hostNetworks(): Promise<readonly string[]> {
    return hostNetworks(this.#setting.paths.tag);
  }

  async uplink(): Promise<{ connected: boolean; detail: string }> {
    if (this.#setting.uplink === "none")
      return { connected: false, detail: "The uplink is switched off by configuration." };
    return describeUplink(await this.#fabric.uplink());
  }

  close(): void {
    this.#endUpkeep?.();
  }

  /** Without what the host cannot do. Throws for a name that no bridge can have. */
  #possible(definition: NetworkDefinition): NetworkDefinition {
    bridgeName(definition.name);
    return this.#fabric.ipv6 ? definition : { ...definition, ipv6: "" };
  }

  async #ensure(network: NetworkDefinition): Promise<void> {
    await this.#openDirectory();
    await this.#networks.put(network.name, network);
    const all = await this.#networks.all();
    await this.#apply(all);
    // Those who know its names learn of its domain.
    for (const each of all) if (each === network || each.peers.includes(network.name)) await this.#serve(each, all);
  }

  /** One network that cannot be must not keep the others from being changed. */
  async #putBack(name: string, before: NetworkDefinition | undefined): Promise<void> {
    if (before) return this.#networks.put(name, before);
    await this.#remove(name).catch((err: unknown) => this.#setting.log.warn({ err, network: name }, "not taken back"));
    await this.#networks.remove(name);
  }

  async #apply(networks: readonly NetworkDefinition[]): Promise<void> {
    this.#outside = await lookOutside(this.#fabric);
    await this.#fabric.apply(await this.#withForwards(networks), this.#outside.uplink);
    this.#endUpkeep ??= startUpkeep(
      { revive: () => this.#revive(), guard: () => this.#guard(), follow: () => this.#follow() },
      this.#setting.log,
    );
  }

  async #withForwards(networks: readonly NetworkDefinition[]): Promise<NetworkDefinition[]> {
    return withInstanceForwards(networks, await this.#forwards.all());
  }

  async #removeForwards(isGone: (forward: InstanceForward) => boolean): Promise<void> {
    const gone = (await this.#forwards.all()).filter(isGone);
    if (gone.length === 0) return;
    await this.#serial.run(async () => {
      for (const forward of gone) await this.#forwards.remove(forwardName(forward));
      await this.#apply(await this.#networks.all());
    });
  }

  async #serve(network: NetworkDefinition, all: readonly NetworkDefinition[]): Promise<void> {
    const peers = all.filter(({ name }) => network.peers.includes(name));
    const ports = await this.#ports.on(network.name);
    await this.#names.ensure(network, peers, ports, (this.#outside ??= await lookOutside(this.#fabric)));
    this.#served.add(network.name);
  }

  async #remove(name: string): Promise<void> {
    const network = await this.#networks.get(name);
    if (!network) return;
    await this.#ports.remove((port) => port.network === name);
    await this.#names.end(name);
    this.#served.delete(name);
    const others = (await this.#networks.all()).filter((other) => other.name !== name);
    await this.#fabric.removeNetwork(network, await this.#withForwards(others));
    await rm(this.#names.directory(name), { recursive: true, force: true });
    await this.#networks.remove(name);
  }

  async #removePorts(concerned: (port: Port) => boolean): Promise<void> {
    await this.#ports.remove(concerned);
    await this.#lan.remove(concerned);
  }

  async #revive(): Promise<boolean> {
    const isFine = async () => {
      const running = await Promise.all([...this.#served].map((name) => this.#names.isRunning(name)));
      return running.every(Boolean);
    };
    if (await isFine()) return false;
    // A change of a network may just have ended one on purpose.
    return this.#serial.run(async () => !(await isFine()) && (await this.#serveAgain()));
  }

  async #guard(): Promise<boolean> {
    const networks = await this.#withForwards(await this.#networks.all());
    const uplink = this.#outside?.uplink;
    const restored = await this.#lan.restore();
    if (await this.#fabric.isGuarded(networks, uplink)) return restored;
    return this.#serial.run(async () => {
      await this.#fabric.apply(await this.#withForwards(await this.#networks.all()), uplink);
      return true;
    });
  }

  async #follow(): Promise<boolean> {
    const now = await lookOutside(this.#fabric);
    if (isDeepEqual(now, this.#outside)) return false;
    return this.#serial.run(async () => {
      this.#outside = now;
      await this.#fabric.apply(await this.#withForwards(await this.#networks.all()), now.uplink);
      return this.#serveAgain();
    });
  }

  async #serveAgain(): Promise<boolean> {
    const all = await this.#networks.all();
    const served = all.filter(({ name }) => this.#served.has(name));
    for (const network of served) await this.#serve(network, all);
    return served.length > 0;
  }

  /** dnsmasq passes through it as another user, and sees only what is its own. */
  async #openDirectory(): Promise<void> {
    await mkdir(this.#setting.paths.networks, { recursive: true });
    await chmod(this.#setting.paths.networks, 0o711);
  }
}
