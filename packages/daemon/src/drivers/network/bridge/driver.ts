/** Managed networks as Linux bridges in a network namespace of our own, with dnsmasq and nftables. */
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual as isDeepEqual } from "node:util";
import { LodgeError } from "@lodge/api/errors";
import type {
  AttachedNic,
  InstanceId,
  Log,
  NetworkDefinition,
  NetworkDriver,
  NetworkObservation,
  NicPlace,
  Port,
  PortState,
} from "@lodge/core";
import { isPinned } from "../../../system/namespaces.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { Book } from "./books.ts";
import { Fabric } from "./fabric.ts";
import { hostNetworks, type Uplink } from "./host-routes.ts";
import { bridgeName, portInterface } from "./interface-names.ts";
import { listLinks } from "./links.ts";
import { hostNameServers } from "./name-servers.ts";
import { NameService } from "./name-service.ts";
import { bridgeState } from "./observation.ts";
import { allowOnly, allowPort, forbidPort, portFilter } from "./port-filter.ts";
import { attachLink, detachLinks } from "./port-links.ts";
import { PortObserver } from "./port-observer.ts";
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

export interface BridgeDriver extends NetworkDriver {
  /** Stops looking after the networks; they go on. */
  close(): void;
}

export function createBridgeDriver(setting: BridgeSetting): BridgeDriver {
  return new ManagedBridges(setting);
}

/** The world outside the fabric, as last seen. */
interface Outside {
  readonly uplink: Uplink | undefined;
  readonly mtu: number;
  readonly nameServers: readonly string[];
}

class ManagedBridges implements BridgeDriver {
  readonly #setting: BridgeSetting;
  readonly #fabric: Fabric;
  readonly #names: NameService;
  readonly #networks: Book<NetworkDefinition>;
  readonly #ports: Book<Port>;
  readonly #observer: PortObserver;
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
    this.#networks = new Book(join(networks, "definitions"));
    this.#ports = new Book(join(networks, "ports"));
    this.#observer = new PortObserver(this.#fabric, this.#names, () => this.#ports.all());
  }

  async ensure(definition: NetworkDefinition): Promise<void> {
    const network = this.#possible(definition);
    await this.#serial.run(async () => {
      await this.#openDirectory();
      await this.#networks.put(network.name, network);
      const all = await this.#networks.all();
      await this.#apply(all);
      // Those who know its names learn of its domain.
      for (const each of all) if (each === network || each.peers.includes(network.name)) await this.#serve(each, all);
    });
  }

  async attach(port: Port, place: NicPlace): Promise<AttachedNic> {
    const network = await this.#networks.get(port.network);
    if (!network) {
      throw new LodgeError({
        code: "network_not_found",
        message: `Network "${port.network}" of nic "${port.device}" of instance ${port.hostname} does not exist.`,
      });
    }
    const name = portInterface(port);
    const before = await this.#ports.get(name);
    if (before && !isDeepEqual(before, port)) await this.#removePorts([before]);
    const mtu = network.mtu ?? (this.#outside ??= await this.#lookOutside()).mtu;
    try {
      await this.#ports.put(name, port);
      await Promise.all([
        this.#names.add(network, port),
        this.#fabric.inside("nft", ["-f", "-"], { input: allowPort(port) }),
        attachLink(this.#fabric.inside, port, place, mtu),
      ]);
    } catch (error) {
      await this.#undoAttach(port);
      throw error;
    }
    this.#observer.forget();
    const nic = { device: port.device, mac: port.mac, mtu, hostInterface: name };
    return place.kind === "tap"
      ? { ...nic, kind: "tap", fabricNamespace: this.#fabric.path }
      : { ...nic, kind: "namespace" };
  }

  async detach(instance: InstanceId): Promise<void> {
    await this.#removePorts((await this.#ports.all()).filter((port) => port.instance === instance));
  }

  async detachPort(instance: InstanceId, device: string): Promise<void> {
    const ports = await this.#ports.all();
    await this.#removePorts(ports.filter((port) => port.instance === instance && port.device === device));
  }

  async state(instance: InstanceId): Promise<Readonly<Record<string, PortState>>> {
    const ports = (await this.#ports.all()).filter((port) => port.instance === instance);
    if (ports.length === 0) return {};
    const states = await this.#observer.states();
    return Object.fromEntries(
      ports.flatMap((port) => {
        const state = states.get(portInterface(port));
        return state ? [[port.device, state] as const] : [];
      }),
    );
  }

  async observe(network: string): Promise<NetworkObservation | undefined> {
    if (!(await isPinned(this.#fabric.path))) return undefined;
    return bridgeState(bridgeName(network), await listLinks(this.#fabric.inside));
  }

  async reconcile(definitions: readonly NetworkDefinition[], ports: readonly Port[]): Promise<void> {
    const networks = definitions.map((definition) => this.#possible(definition));
    await this.#serial.run(async () => {
      const known = (await this.#networks.all()).map(({ name }) => name);
      const gone = known.filter((name) => !networks.some((network) => network.name === name));
      for (const name of gone) await this.#remove(name);
      if (networks.length > 0) {
        await this.#openDirectory();
        for (const network of networks) await this.#networks.put(network.name, network);
        await this.#apply(networks);
        for (const network of networks) await this.#serve(network, networks);
      }
      await this.#keepPorts(ports);
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
    const uplink = await this.#fabric.uplink();
    if (!uplink) return { connected: false, detail: "The host has no default route." };
    const ways = [uplink.ipv4 && `IPv4 by ${uplink.ipv4}`, uplink.ipv6 && `IPv6 by ${uplink.ipv6}`].filter(Boolean);
    return { connected: true, detail: `${ways.join(", ")}, MTU ${uplink.mtu}` };
  }

  close(): void {
    this.#endUpkeep?.();
  }

  /** Without what the host cannot do. Throws for a name that no bridge can have. */
  #possible(definition: NetworkDefinition): NetworkDefinition {
    bridgeName(definition.name);
    return this.#fabric.ipv6 ? definition : { ...definition, ipv6: "" };
  }

  async #apply(networks: readonly NetworkDefinition[]): Promise<void> {
    this.#outside = await this.#lookOutside();
    await this.#fabric.apply(networks, this.#outside.uplink);
    this.#endUpkeep ??= startUpkeep(
      { revive: () => this.#revive(), guard: () => this.#guard(), follow: () => this.#follow() },
      this.#setting.log,
    );
  }

  async #serve(network: NetworkDefinition, all: readonly NetworkDefinition[]): Promise<void> {
    const peers = all.filter(({ name }) => network.peers.includes(name));
    const ports = (await this.#ports.all()).filter((port) => port.network === network.name);
    await this.#names.ensure(network, peers, ports, (this.#outside ??= await this.#lookOutside()));
    this.#served.add(network.name);
  }

  async #remove(name: string): Promise<void> {
    const network = await this.#networks.get(name);
    if (!network) return;
    await this.#removePorts((await this.#ports.all()).filter((port) => port.network === name));
    await this.#names.end(name);
    this.#served.delete(name);
    const others = (await this.#networks.all()).filter((other) => other.name !== name);
    await this.#fabric.removeNetwork(network, others);
    await rm(this.#names.directory(name), { recursive: true, force: true });
    await this.#networks.remove(name);
  }

  /** Those that are there as they are wanted; all others are removed. */
  async #keepPorts(ports: readonly Port[]): Promise<void> {
    const links = (await isPinned(this.#fabric.path)) ? await listLinks(this.#fabric.inside) : [];
    const present = new Set(links.map(({ ifname }) => ifname));
    const wanted = new Map(ports.map((port) => [portInterface(port), port]));
    const [kept, dropped] = partition(await this.#ports.all(), (port) => {
      const name = portInterface(port);
      return present.has(name) && isDeepEqual(wanted.get(name), port);
    });
    await this.#removePorts(dropped);
    if (links.length > 0) await this.#fabric.inside("nft", ["-f", "-"], { input: portFilter + allowOnly(kept) });
  }

  /** What cannot be undone now stays in the book, for `detach` or the next daemon. */
  async #undoAttach(port: Port): Promise<void> {
    try {
      await this.#removePorts([port]);
    } catch (error) {
      this.#setting.log.warn(
        { err: error, instance: port.hostname, nic: port.device },
        "a nic could not be taken back",
      );
    }
  }

  /** The interfaces first, so nothing more is asked; the book last, so nothing is forgotten. */
  async #removePorts(ports: readonly Port[]): Promise<void> {
    if (ports.length === 0) return;
    if (await isPinned(this.#fabric.path)) {
      await Promise.all([
        detachLinks(this.#fabric.inside, ports),
        this.#fabric.inside("nft", ["-f", "-"], { input: ports.map(forbidPort).join("") }),
      ]);
    }
    for (const [name, members] of Map.groupBy(ports, ({ network }) => network)) {
      const network = await this.#networks.get(name);
      if (network) await this.#names.remove(network, members);
    }
    for (const port of ports) await this.#ports.remove(portInterface(port));
    this.#observer.forget();
  }

  async #revive(): Promise<boolean> {
    const running = await Promise.all([...this.#served].map((name) => this.#names.isRunning(name)));
    if (running.every(Boolean)) return false;
    return this.#serial.run(() => this.#serveAgain());
  }

  async #guard(): Promise<boolean> {
    const networks = await this.#networks.all();
    const uplink = this.#outside?.uplink;
    if (await this.#fabric.isGuarded(networks, uplink)) return false;
    return this.#serial.run(async () => {
      await this.#fabric.apply(await this.#networks.all(), uplink);
      return true;
    });
  }

  async #follow(): Promise<boolean> {
    const now = await this.#lookOutside();
    if (isDeepEqual(now, this.#outside)) return false;
    return this.#serial.run(async () => {
      this.#outside = now;
      await this.#fabric.apply(await this.#networks.all(), now.uplink);
      return this.#serveAgain();
    });
  }

  async #serveAgain(): Promise<boolean> {
    const all = await this.#networks.all();
    const served = all.filter(({ name }) => this.#served.has(name));
    for (const network of served) await this.#serve(network, all);
    return served.length > 0;
  }

  async #lookOutside(): Promise<Outside> {
    const uplink = await this.#fabric.uplink();
    return { uplink, mtu: uplink?.mtu ?? 1500, nameServers: uplink ? await hostNameServers() : [] };
  }

  /** dnsmasq passes through it as another user, and sees only what is its own. */
  async #openDirectory(): Promise<void> {
    await mkdir(this.#setting.paths.networks, { recursive: true });
    await chmod(this.#setting.paths.networks, 0o711);
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
