import { LodgeError, type Pool, type PoolResources } from "@lodge/api";
import type { PoolService } from "../services.ts";
import type { PoolRecord, Store } from "../store.ts";
import type { PoolDriver } from "./pool.ts";

/** The storage pools, and what is in them. */
export class Pools implements PoolService {
  readonly #store: Store;
  readonly #drivers: ReadonlyMap<string, PoolDriver>;

  constructor(store: Store, drivers: ReadonlyMap<string, PoolDriver>) {
    this.#store = store;
    this.#drivers = drivers;
  }

  async list(): Promise<Pool[]> {
    return Promise.all((await this.#store.pools.list()).map((record) => this.#render(record)));
  }

  async get(name: string): Promise<Pool> {
    const record = await this.#store.pools.get(name);
    if (!record)
      throw new LodgeError({
        code: "pool_not_found",
        message: `Storage pool "${name}" does not exist; "lodge storage list" shows those that do.`,
      });
    return this.#render(record);
  }

  async resources(name: string): Promise<PoolResources> {
    await this.get(name);
    const usage = await this.#drivers.get(name)?.usage();
    if (!usage) throw new LodgeError({ code: "pool_not_found", message: `Storage pool "${name}" has no driver.` });
    return {
      space: { used: usage.used, total: usage.total },
      inodes: { used: usage.inodesUsed, total: usage.inodesTotal },
    };
  }

  async #render(record: PoolRecord): Promise<Pool> {
    const users = (await this.#store.instances.list()).filter((r) => r.pool === record.name && r.life === "present");
    return {
      name: record.name,
      description: record.description,
      driver: record.driver,
      status: "Created",
      config: record.config,
      used_by: [...users.map((r) => `/1.0/instances/${r.name}`), "/1.0/profiles/default"],
      locations: ["none"],
    };
  }
}
