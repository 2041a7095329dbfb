import { type Config, LodgeError, type Pool, type PoolCreate, type PoolPut, type PoolResources } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import { KeyedLock, type Lock } from "../instances/lock.ts";
import type { PoolService } from "../services.ts";
import type { PoolRecord } from "../store.ts";
import { checkPoolChange, checkPoolConfig, checkPoolName, withoutEmpty } from "./configuration.ts";
import { requirePool } from "./open-pools.ts";
import { type OpeningDependencies, openPool, storageDriverOf } from "./opening.ts";
import { renderPool } from "./render.ts";
import { poolUsers, requireUnusedPool } from "./users.ts";

export interface PoolDependencies extends OpeningDependencies {
  readonly events: EventBus;
  /** See InstanceDependencies. */
  readonly choosing: Lock;
  /** Forgets all that lay in a pool that is lost: see `abandonPool`. */
  readonly abandon: (name: string) => Promise<void>;
}

/** The storage pools. */
export class Pools implements PoolService {
  readonly #deps: PoolDependencies;
  /** By name: making, changing and removing a pool exclude each other. */
  readonly #lock = new KeyedLock<string>();

  constructor(deps: PoolDependencies) {
    this.#deps = deps;
  }

  get drivers(): readonly string[] {
    return [...this.#deps.storageDrivers.keys()].toSorted();
  }

  async list(): Promise<Pool[]> {
    const records = (await this.#deps.store.pools.list()).filter(({ life }) => life === "present");
    return Promise.all(records.map((record) => this.#render(record)));
  }

  async get(name: string): Promise<Pool> {
    return this.#render(await this.#require(name));
  }

  async resources(name: string): Promise<PoolResources> {
    await this.#require(name);
    const usage = await requirePool(this.#deps.pools, name).usage();
    return {
      space: { used: usage.used, total: usage.total },
      inodes: { used: usage.inodesUsed, total: usage.inodesTotal },
    };
  }

  async create({ name, driver: driverName, description = "", config: asked }: PoolCreate): Promise<void> {
    checkPoolName(name);
    const driver = storageDriverOf(this.#deps, driverName);
    const config = withoutEmpty(asked ?? {});
    checkPoolConfig(name, driverName, config);
    const { store, choosing, pools, log } = this.#deps;
    const record: PoolRecord = { name, driver: driverName, description, config, life: "creating" };
    await this.#lock.run(name, async () => {
      await choosing.run(async () => {
        if (await store.pools.get(name)) throw taken(name);
        await store.pools.put(record);
      });
      try {
        const chosen = await driver.create({ name, config });
        const pool = await driver.open({ name, config: chosen });
        await store.pools.put({ ...record, config: chosen, life: "present" });
        pools.opened(name, pool);
      } catch (error) {
        await driver
          .remove({ name, config })
          .catch((err: unknown) => log.error({ pool: name, err }, "what was made of a storage pool is left"));
        await store.pools.remove(name);
        throw error;
      }
    });
    this.#announce("created", name);
  }

  async update(name: string, change: (pool: Pool) => PoolPut): Promise<void> {
    await this.#lock.run(name, async () => {
      const before = await this.#require(name);
      const put = change(await this.#render(before));
      const config: Config = withoutEmpty(put.config ?? {});
      checkPoolConfig(name, before.driver, config);
      checkPoolChange(name, before.driver, before.config, config);
      const after = { ...before, description: put.description ?? "", config };
      const { store, pools } = this.#deps;
      // Of one that is not available only the record changes; perhaps it can be opened with that.
      if (pools.get(name)) await storageDriverOf(this.#deps, before.driver).change({ name, config }, before.config);
      await store.pools.put(after);
    });
    this.#announce("updated", name);
  }

  async delete(name: string, force = false): Promise<void> {
    const { store, choosing, pools } = this.#deps;
    await this.#lock.run(name, async () => {
      const record = await this.#require(name);
      if (force && !pools.get(name)) await this.#deps.abandon(name);
      await choosing.run(async () => {
        requireUnusedPool(name, await poolUsers(store, name));
        await store.pools.put({ ...record, life: "deleting" });
        pools.forget(name);
      });
      try {
        await storageDriverOf(this.#deps, record.driver).remove({ name, config: record.config });
      } catch (error) {
        await store.pools.put(record);
        await openPool(this.#deps, record);
        throw error;
      }
      await store.pools.remove(name);
    });
    this.#announce("deleted", name);
  }

  async #require(name: string): Promise<PoolRecord> {
    const record = await this.#deps.store.pools.get(name);
    if (record?.life === "present") return record;
    throw new LodgeError({
      code: "pool_not_found",
      message: `Storage pool "${name}" does not exist; "lodge storage list" shows those that do.`,
    });
  }

  async #render(record: PoolRecord): Promise<Pool> {
    const { store, pools } = this.#deps;
    const info = await pools.get(record.name)?.info();
    return renderPool(record, await poolUsers(store, record.name), info, pools.problem(record.name));
  }

  #announce(what: string, name: string): void {
    this.#deps.events.lifecycle(`storage-pool-${what}`, `/1.0/storage-pools/${name}`);
  }
}

function taken(name: string): LodgeError {
  return new LodgeError({
    code: "pool_exists",
    message: `A storage pool named "${name}" exists already; choose another name.`,
  });
}
