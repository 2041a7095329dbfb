/** Looks at all ports at once and shares the look among those who ask at the same time: a list asks for each instance. */
import type { NetworkDefinition, NetworkPort, PortState } from "@lodge/core";
import { isPinned } from "../../../system/namespaces.ts";
import type { Book } from "./books.ts";
import type { Fabric } from "./fabric.ts";
import { portInterface } from "./interface-names.ts";
import { readLeases } from "./leases.ts";
import type { NameService } from "./name-service.ts";
import { look, portState } from "./observation.ts";

/** Milliseconds during which a look is good enough for the next who asks. */
const freshness = 200;

export class PortObserver {
  readonly #fabric: Fabric;
  readonly #names: NameService;
  readonly #networks: Pick<Book<NetworkDefinition>, "get">;
  readonly #allPorts: () => Promise<NetworkPort[]>;
  #last: { readonly at: number; readonly states: Promise<ReadonlyMap<string, PortState>> } | undefined;
  #seen: ReadonlySet<string> = new Set();

  constructor(
    fabric: Fabric,
    names: NameService,
    networks: Pick<Book<NetworkDefinition>, "get">,
    allPorts: () => Promise<NetworkPort[]>,
  ) {
    this.#fabric = fabric;
    this.#names = names;
    this.#networks = networks;
    this.#allPorts = allPorts;
  }

  /** Of all ports that have an interface, by its name. */
  states(): Promise<ReadonlyMap<string, PortState>> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at > freshness) this.#last = { at: now, states: this.#look() };
    return this.#last.states;
  }

  /** Ports have changed: the last look no longer tells. */
  forget(): void {
    this.#last = undefined;
  }

  async #look(): Promise<ReadonlyMap<string, PortState>> {
    const ports = await this.#allPorts();
    if (ports.length === 0 || !(await isPinned(this.#fabric.path))) return new Map();
    const networks = [...new Set(ports.map(({ network }) => network))];
    const [sighting, leases] = await Promise.all([
      look(
        this.#fabric.inside,
        ports.filter((port) => !this.#seen.has(portInterface(port))),
      ),
      Promise.all(networks.map((network) => readLeases(this.#names.files(network).leases))),
    ]);
    const definitions = await Promise.all(ports.map((port) => this.#networks.get(port.network)));
    const states = ports.flatMap((port, index) => {
      const state = portState(port, definitions[index] ?? { ipv4: "", ipv6: "" }, {
        ...sighting,
        leases: leases.flat(),
      });
      return state ? [[portInterface(port), state] as const] : [];
    });
    const found = new Map(states);
    const isSeen = (port: NetworkPort) => {
      const { ipv4 = [], ipv6 = [] } = found.get(portInterface(port)) ?? {};
      return (!port.ipv4 || ipv4.length > 0) && (!port.ipv6 || ipv6.length > 0);
    };
    this.#seen = new Set(ports.filter(isSeen).map(portInterface));
    return found;
  }
}
