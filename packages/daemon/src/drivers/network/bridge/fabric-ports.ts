/** The ports of managed networks: what each is made of, and that all of it goes again. */

import { isDeepStrictEqual as isDeepEqual } from "node:util";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedNic, InstanceId, Log, NetworkDefinition, NetworkPort, NicPlace, PortState } from "@lodge/core";
import { isPinned } from "../../../system/namespaces.ts";
import { Book } from "./books.ts";
import type { Fabric } from "./fabric.ts";
import { detourInterface, portInterface } from "./interface-names.ts";
import { listLinks } from "./links.ts";
import type { NameService } from "./name-service.ts";
import { completePort } from "./older-entries.ts";
import { allowOnly, allowPort, fabricFilter, forbidPort, type NamedPort, portFilter } from "./port-filter.ts";
import { farEnd, limitPorts, limitsSeen, readQueues } from "./port-limits.ts";
import { attachLink, detachLinks } from "./port-links.ts";
import { PortObserver } from "./port-observer.ts";

export interface FabricPortsSetting {
  /** Where ports are kept. */
  readonly directory: string;
  readonly fabric: Fabric;
  readonly names: NameService;
  readonly networks: Pick<Book<NetworkDefinition>, "get">;
  /** Bytes: of networks that say nothing of their own. */
  readonly mtu: () => Promise<number>;
  readonly log: Log;
}

export class FabricPorts {
  readonly #setting: FabricPortsSetting;
  readonly #ports: Book<NetworkPort>;
  readonly #observer: PortObserver;

  constructor(setting: FabricPortsSetting) {
    this.#setting = setting;
    this.#ports = new Book(setting.directory, completePort);
    this.#observer = new PortObserver(setting.fabric, setting.names, setting.networks, () => this.#ports.all());
  }

  async attach(port: NetworkPort, place: NicPlace): Promise<AttachedNic> {
    const { fabric, names } = this.#setting;
    const network = await this.#network(port);
    const mtu = await this.#mtu(port, network);
    const name = portInterface(port);
    const before = await this.#ports.get(name);
    if (before && !isDeepEqual(before, port)) await this.#remove([before]);
    try {
      await this.#ports.put(name, port);
      await Promise.all([
        names.add(network, port),
        fabric.inside("nft", ["-f", "-"], { input: allowPort(fabricFilter, named(port)) }),
        attachLink(fabric.inside, port, place, mtu),
      ]);
      if (port.limits) await limitPorts(fabric.inside, [throttle(port)]);
    } catch (error) {
      await this.#undoAttach(port);
      throw error;
    }
    this.#observer.forget();
    return this.#nic(port, place.kind, mtu);
  }

  /** Of those that are attached. */
  async setLimits(ports: readonly NetworkPort[]): Promise<void> {
    const changed: NetworkPort[] = [];
    for (const port of ports) {
      const before = await this.#ports.get(portInterface(port));
      if (before && (before.limits ?? port.limits)) changed.push(port);
      // What is there now, or comes now, goes with the port until it is gone.
      if (before?.limits) await this.#note({ ...before, limits: { ...before.limits, ...port.limits } });
      else if (before && port.limits) await this.#note({ ...before, limits: port.limits });
    }
    await limitPorts(this.#setting.fabric.inside, changed.map(throttle));
    for (const port of changed) await this.#note(port);
  }

  async foresee(port: NetworkPort): Promise<AttachedNic> {
    return this.#nic(port, "tap", await this.#mtu(port, await this.#network(port)));
  }

  #nic(port: NetworkPort, kind: NicPlace["kind"], mtu: number): AttachedNic {
    const nic = { device: port.device, mac: port.mac, mtu, hostInterface: portInterface(port) };
    return kind === "tap" ? { ...nic, kind, fabricNamespace: this.#setting.fabric.path } : { ...nic, kind };
  }

  async #network(port: NetworkPort): Promise<NetworkDefinition> {
    const network = await this.#setting.networks.get(port.network);
    if (network) return network;
    throw new LodgeError({
      code: "network_not_found",
      message: `Network "${port.network}" of nic "${port.device}" of instance ${port.hostname} does not exist.`,
    });
  }

  async #mtu(port: NetworkPort, network: NetworkDefinition): Promise<number> {
    return fittingMtu(port, network.mtu ?? (await this.#setting.mtu()));
  }

  /** Idempotent. */
  async remove(concerned: (port: NetworkPort) => boolean): Promise<void> {
    await this.#remove((await this.#ports.all()).filter(concerned));
  }

  async on(network: string): Promise<NetworkPort[]> {
    return (await this.#ports.all()).filter((port) => port.network === network);
  }

  async state(instance: InstanceId): Promise<Record<string, PortState>> {
    const ports = (await this.#ports.all()).filter((port) => port.instance === instance);
    if (ports.length === 0) return {};
    const states = await this.#observer.states();
    const queues = ports.some(({ limits }) => limits) ? await readQueues(this.#setting.fabric.inside) : undefined;
    return Object.fromEntries(
      ports.flatMap((port) => {
        const state = states.get(portInterface(port));
        const limits = queues && limitsSeen(throttle(port), farEnd, queues);
        return state ? [[port.device, { ...state, ...limits }] as const] : [];
      }),
    );
  }

  /** Keeps those that are there as they are wanted, limits aside, which they are held to then; all others are removed. */
  async keep(wanted: readonly NetworkPort[]): Promise<void> {
    const { fabric } = this.#setting;
    const links = (await isPinned(fabric.path)) ? await listLinks(fabric.inside) : [];
    const present = new Set(links.map(({ ifname }) => ifname));
    const byName = new Map(wanted.map((port) => [portInterface(port), port]));
    const all = await this.#ports.all();
    const kept = all.filter((port) => {
      const name = portInterface(port);
      return present.has(name) && isDeepEqual(unlimited(byName.get(name)), unlimited(port));
    });
    await this.#remove(all.filter((port) => !kept.includes(port)));
    if (links.length === 0) return;
    const input = portFilter(fabricFilter) + allowOnly(fabricFilter, kept.map(named));
    await fabric.inside("nft", ["-f", "-"], { input });
    await this.setLimits(kept.flatMap((port) => byName.get(portInterface(port)) ?? []));
  }

  async #note(port: NetworkPort): Promise<void> {
    await this.#ports.put(portInterface(port), port);
  }

  /** What cannot be undone now stays in the book, for `remove` or the next daemon. */
  async #undoAttach(port: NetworkPort): Promise<void> {
    try {
      await this.#remove([port]);
    } catch (error) {
      const { log } = this.#setting;
      log.warn({ err: error, instance: port.hostname, nic: port.device }, "a nic could not be taken back");
    }
  }

  /** The interfaces first, so nothing more is asked; the book last, so nothing is forgotten. */
  async #remove(ports: readonly NetworkPort[]): Promise<void> {
    if (ports.length === 0) return;
    const { fabric, names, networks } = this.#setting;
    if (await isPinned(fabric.path)) {
      const input = ports.map((port) => forbidPort(fabricFilter, named(port))).join("");
      await Promise.all([detachLinks(fabric.inside, ports), fabric.inside("nft", ["-f", "-"], { input })]);
    }
    for (const [name, members] of Map.groupBy(ports, ({ network }) => network)) {
      const network = await networks.get(name);
      if (network) await names.remove(network, members);
    }
    for (const port of ports) await this.#ports.remove(portInterface(port));
    this.#observer.forget();
  }
}

const throttle = (port: NetworkPort) => farEnd(portInterface(port), detourInterface(port), port.limits);

const unlimited = (port: NetworkPort | undefined) => port && { ...port, limits: undefined };

const named = (port: NetworkPort): NamedPort => ({ port, name: portInterface(port) });

/** A nic's own MTU, which what it is connected to must be able to carry. */
export function fittingMtu(
  { mtu, device, hostname }: { mtu?: number; device: string; hostname: string },
  carried: number,
): number {
  if (mtu === undefined || mtu <= carried) return mtu ?? carried;
  throw new LodgeError({
    code: "config_value_invalid",
    message: `mtu ${mtu} of nic "${device}" of instance ${hostname} is more than the ${carried} bytes that it is connected to; lower it.`,
  });
}
