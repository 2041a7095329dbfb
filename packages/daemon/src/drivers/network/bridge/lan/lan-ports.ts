/**
 * Nics on interfaces of the host. Their ends are among the host's own interfaces and bridges, which belong to its administrator: all that is
 * touched there carries our tag.
 */
import { isDeepStrictEqual as isDeepEqual } from "node:util";
import type { AttachedNic, InstanceId, LanPort, Log, NicPlace, PortState } from "@lodge/core";
import { isPinned } from "../../../../system/namespaces.ts";
import { run } from "../../../../system/run.ts";
import { Book } from "../books.ts";
import { acceptBridgesInDocker } from "../docker-user.ts";
import { runInside } from "../fabric-namespace.ts";
import { fittingMtu } from "../fabric-ports.ts";
import { ipBatch, ipRemove, type Link, listLinks } from "../links.ts";
import { allowOnly, allowPort, forbidPort, portFilter, removePortFilter } from "../port-filter.ts";
import { farEnd, limitPorts, limitsSeen, nearEnd, readQueues } from "../port-limits.ts";
import { Serial } from "../serial.ts";
import { insideName, isInside, makeCommands } from "./lan-links.ts";
import { lanDetour, lanFilter, lanInterface } from "./lan-names.ts";
import { lanState, type Surroundings } from "./lan-state.ts";
import { requireParent } from "./parent.ts";

/** A port as it was made. */
export interface LanEntry {
  readonly port: LanPort;
  readonly place: NicPlace;
  /** Index of a container's macvlan where it is: the container may give it another name. */
  readonly ifindex?: number;
}

export class LanPorts {
  readonly #tag: string;
  readonly #log: Log;
  readonly #ports: Book<LanEntry>;
  /** The table of filters is shared: who takes it away must not meet who needs it. */
  readonly #serial = new Serial();

  constructor(directory: string, tag: string, log: Log) {
    this.#tag = tag;
    this.#log = log;
    this.#ports = new Book(directory);
  }

  attach(port: LanPort, place: NicPlace): Promise<AttachedNic> {
    return this.#serial.run(() => this.#attach(port, place));
  }

  /** Idempotent. */
  async remove(concerned: (port: LanPort) => boolean): Promise<void> {
    await this.#serial.run(async () => this.#remove((await this.#ports.all()).filter(({ port }) => concerned(port))));
  }

  async state(instance: InstanceId): Promise<Record<string, PortState>> {
    const entries = (await this.#ports.all()).filter(({ port }) => port.instance === instance);
    const states = await Promise.all(entries.map((entry) => this.#stateOf(entry)));
    return Object.fromEntries(states.flat());
  }

  /** Of those that are attached. */
  setLimits(ports: readonly LanPort[]): Promise<void> {
    return this.#serial.run(() => this.#setLimits(ports));
  }

  /** Keeps those that are there as they are wanted, limits aside, which they are held to then; all others are removed. */
  keep(wanted: readonly LanPort[]): Promise<void> {
    return this.#serial.run(() => this.#keep(wanted));
  }

  /** Puts back what others took out of the host's firewall. True when something was missing. */
  restore(): Promise<boolean> {
    return this.#serial.run(() => this.#restore());
  }

  async #attach(port: LanPort, place: NicPlace): Promise<AttachedNic> {
    const name = lanInterface(this.#tag, port);
    const links = await listLinks(run);
    const mtu = fittingMtu(port, requireParent(port, this.#tag, links).mtu ?? 1500);
    const nic = { device: port.device, mac: port.mac, mtu, hostInterface: name };
    const attached: AttachedNic =
      place.kind === "namespace"
        ? { ...nic, kind: "namespace" }
        : { ...nic, kind: "tap", fabricNamespace: ownNamespace, ...(port.mode === "macvlan" && { macvtap: true }) };
    const before = await this.#ports.get(name);
    if (before && isDeepEqual([before.port, before.place], [port, place]) && (await isThere(before, name, links))) {
      return attached;
    }
    if (before) await this.#remove([before]);
    try {
      await this.#ports.put(name, { port, place });
      await this.#guard({ port, name });
      await ipBatch(run, makeCommands({ port, name, place, mtu }));
      const ifindex = isInside(port.mode, place) ? (await linkInside(place, port))?.ifindex : undefined;
      if (ifindex !== undefined) await this.#ports.put(name, { port, place, ifindex });
      if (port.limits) await limitPorts(run, this.#throttles({ port, place }));
    } catch (error) {
      await this.#remove([{ port, place }]).catch((err: unknown) =>
        this.#log.warn({ err, instance: port.hostname, nic: port.device }, "a nic could not be taken back"),
      );
      throw error;
    }
    return attached;
  }

  async #setLimits(ports: readonly LanPort[]): Promise<void> {
    const changed: LanEntry[] = [];
    for (const port of ports) {
      const before = await this.#ports.get(lanInterface(this.#tag, port));
      if (!before?.port.limits && !port.limits) continue;
      if (!before) continue;
      changed.push({ ...before, port });
      // What is there now, or comes now, goes with the port until it is gone.
      await this.#note({ ...before, port: { ...port, limits: { ...before.port.limits, ...port.limits } } });
    }
    await limitPorts(
      run,
      changed.flatMap((entry) => this.#throttles(entry)),
    );
    for (const entry of changed) await this.#note(entry);
  }

  /** None of what is not among the host's interfaces. */
  #throttles({ port, place }: LanEntry) {
    if (isInside(port.mode, place)) return [];
    return [endOf(port)(lanInterface(this.#tag, port), lanDetour(this.#tag, port), port.limits)];
  }

  async #note(entry: LanEntry): Promise<void> {
    await this.#ports.put(lanInterface(this.#tag, entry.port), entry);
  }

  async #keep(wanted: readonly LanPort[]): Promise<void> {
    const all = await this.#ports.all();
    if (all.length === 0) return;
    const links = await listLinks(run);
    const kept: LanEntry[] = [];
    for (const entry of all) {
      const name = lanInterface(this.#tag, entry.port);
      const isWanted = wanted.some((port) => isDeepEqual(unlimited(port), unlimited(entry.port)));
      if (isWanted && (await isThere(entry, name, links))) kept.push(entry);
    }
    await this.#remove(all.filter((entry) => !kept.includes(entry)));
    await this.#guardOnly(kept);
    await this.#setLimits(wanted);
  }

  async #restore(): Promise<boolean> {
    const bridged = (await this.#ports.all()).filter(({ port }) => port.mode === "bridged");
    if (bridged.length === 0) return false;
    const tables = await run("nft", ["list", "tables", "bridge"], { code: "network_failed" });
    const isFiltered = tables.split("\n").includes(`table bridge ${lanFilter(this.#tag).table}`);
    if (!isFiltered) await this.#guardOnly(bridged);
    return (await this.#acceptInDocker(bridged)) || !isFiltered;
  }

  async #guard(named: { port: LanPort; name: string }): Promise<void> {
    if (named.port.mode !== "bridged") return;
    const filter = lanFilter(this.#tag);
    const input = portFilter(filter) + allowPort(filter, named);
    await run("nft", ["-f", "-"], { input, code: "network_failed" });
    await acceptBridgesInDocker(this.#tag, [named.port.parent]);
  }

  async #guardOnly(entries: readonly LanEntry[]): Promise<void> {
    const bridged = entries.filter(({ port }) => port.mode === "bridged");
    const filter = lanFilter(this.#tag);
    const ports = bridged.map(({ port }) => ({ port, name: lanInterface(this.#tag, port) }));
    const input = ports.length > 0 ? portFilter(filter) + allowOnly(filter, ports) : removePortFilter(filter);
    await run("nft", ["-f", "-"], { input, code: "network_failed" });
  }

  #acceptInDocker(bridged: readonly LanEntry[]): Promise<boolean> {
    return acceptBridgesInDocker(this.#tag, [...new Set(bridged.map(({ port }) => port.parent))]);
  }

  /** The book last, so nothing is forgotten. */
  async #remove(entries: readonly LanEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const filter = lanFilter(this.#tag);
    for (const entry of entries) {
      const { port, place } = entry;
      const name = lanInterface(this.#tag, port);
      const detours = this.#throttles(entry).flatMap(({ detour, in: into }) => (into ? [detour] : []));
      const links = [name, ...detours].map((each) => `link del dev ${each}`);
      if (!isInside(port.mode, place)) await ipRemove(run, links);
      else if (place.kind === "namespace" && (await isPinned(place.path))) await removeInside(entry, place.path);
      if (port.mode === "bridged") {
        const input = portFilter(filter) + forbidPort(filter, { port, name });
        await run("nft", ["-f", "-"], { input, code: "network_failed" });
      }
      await this.#ports.remove(name);
    }
    const left = await this.#ports.all();
    if (!left.some(({ port }) => port.mode === "bridged")) await this.#guardOnly([]);
  }

  async #stateOf(entry: LanEntry): Promise<[string, PortState][]> {
    const { port, place, ifindex } = entry;
    const name = lanInterface(this.#tag, port);
    const host = await listLinks(run);
    const surroundings: Surroundings = {
      host: host.find(({ ifname }) => ifname === name),
      inside: place.kind === "namespace" && (await isPinned(place.path)) ? await listLinks(runInside(place.path)) : [],
      neighbours: place.kind === "tap" ? await neighboursOf(port.parent) : [],
    };
    const state = lanState({ port, name, ...(ifindex !== undefined && { ifindex }) }, surroundings);
    const [throttle] = port.limits ? this.#throttles(entry) : [];
    const limits = throttle && limitsSeen(throttle, endOf(port), await readQueues(run));
    return state ? [[port.device, { ...state, ...limits }]] : [];
  }
}

/** A macvtap is the instance's own end. */
const endOf = ({ mode }: LanPort) => (mode === "macvlan" ? nearEnd : farEnd);

const unlimited = (port: LanPort) => ({ ...port, limits: undefined });

/** The daemon's own network namespace, which is the host's. */
const ownNamespace = "/proc/self/ns/net";

async function linkInside(place: NicPlace, port: LanPort): Promise<Link | undefined> {
  if (place.kind !== "namespace" || !(await isPinned(place.path))) return undefined;
  return (await listLinks(runInside(place.path))).find(({ ifname }) => ifname === insideName(port));
}

/** Whether what was made for a port is still there and where it was put. */
async function isThere({ port, place, ifindex }: LanEntry, name: string, links: readonly Link[]): Promise<boolean> {
  if (place.kind === "namespace" && isInside(port.mode, place)) {
    if (!(await isPinned(place.path))) return false;
    return (await listLinks(runInside(place.path))).some((link) => link.ifindex === ifindex);
  }
  const link = links.find(({ ifname }) => ifname === name);
  return link !== undefined && (port.mode === "macvlan" || link.master === port.parent);
}

async function removeInside({ port, ifindex }: LanEntry, path: string): Promise<void> {
  const inside = runInside(path);
  const isOurs = (link: Link) => (ifindex === undefined ? link.ifname === insideName(port) : link.ifindex === ifindex);
  const link = (await listLinks(inside)).find((each) => each.linkinfo?.info_kind === "macvlan" && isOurs(each));
  if (link) await ipRemove(inside, [`link del dev ${link.ifname}`]);
}

async function neighboursOf(parent: string) {
  const text = await run("ip", ["-j", "neigh", "show", "dev", parent], { code: "network_failed" }).catch(() => "[]");
  return JSON.parse(text || "[]") as { dst: string; lladdr?: string; state?: string[] }[];
}
