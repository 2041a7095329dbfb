import { isDeepStrictEqual } from "node:util";
import type { EventBus } from "../events/bus.ts";
import type { InstanceId } from "../instances/driver.ts";
import { Lock } from "../instances/lock.ts";
import type { Log } from "../log.ts";
import type { NetworkRecord, Store } from "../store.ts";
import { definitionsOf } from "./definition.ts";
import type { NetworkDriver } from "./network.ts";

/** What the rules about networks need of the world. */
export interface NetworkDependencies {
  readonly store: Store;
  readonly network: NetworkDriver;
  readonly events: EventBus;
  readonly log: Log;
  /** See InstanceDependencies. */
  readonly choosing: Lock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly isRunning: (id: InstanceId) => boolean;
}

/** Given all networks as they are, answers all as they shall be, or throws. */
export type NetworkDecision = (
  networks: readonly NetworkRecord[],
  hostNetworks: readonly string[],
) => Promise<readonly NetworkRecord[]> | readonly NetworkRecord[];

/**
 * Changes stored networks, then the host. A daemon that dies in between leaves what the next one makes true: it brings up what is stored
 * and takes away everything else. When the host refuses, both are put back.
 */
export class NetworkChanges {
  readonly #deps: NetworkDependencies;
  readonly #changing = new Lock();

  constructor(deps: NetworkDependencies) {
    this.#deps = deps;
  }

  apply(decide: NetworkDecision): Promise<void> {
    const { store, network, choosing } = this.#deps;
    return this.#changing.run(async () => {
      const hostNetworks = await network.hostNetworks();
      const [before, after] = await choosing.run(async () => {
        const present = await store.networks.list();
        const wanted = await decide(present, hostNetworks);
        await this.#write(present, wanted);
        return [present, wanted] as const;
      });
      try {
        await this.#realize(before, after);
      } catch (error) {
        await choosing.run(() => this.#write(after, before));
        await this.#realize(after, before).catch((cause: unknown) =>
          this.#deps.log.warn({ err: cause }, "a change of networks could not be undone"),
        );
        throw error;
      }
    });
  }

  async #write(from: readonly NetworkRecord[], to: readonly NetworkRecord[]): Promise<void> {
    await this.#deps.store.atomically(async ({ networks }) => {
      for (const { name } of missing(from, to)) await networks.remove(name);
      for (const record of changed(from, to)) await networks.put(record);
    });
  }

  /** Peers change with each other, so definitions are compared and not records. */
  async #realize(from: readonly NetworkRecord[], to: readonly NetworkRecord[]): Promise<void> {
    const [before, after] = [definitionsOf(from), definitionsOf(to)];
    for (const { name } of missing(before, after)) await this.#deps.network.remove(name);
    for (const definition of changed(before, after)) await this.#deps.network.ensure(definition);
  }
}

interface Named {
  readonly name: string;
}

const missing = <T extends Named>(from: readonly T[], to: readonly T[]): T[] =>
  from.filter(({ name }) => !to.some((each) => each.name === name));

/** New ones and those that are not as they were. */
const changed = <T extends Named>(from: readonly T[], to: readonly T[]): T[] =>
  to.filter(
    (each) =>
      !isDeepStrictEqual(
        each,
        from.find(({ name }) => name === each.name),
      ),
  );
