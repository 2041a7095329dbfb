import type { Config } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { PoolDefinition, StorageDriver } from "../driver.ts";
import type { PoolDriver } from "../pool.ts";
import { FakePool } from "./fake-pool.ts";

/** A storage driver whose pools outlive it, and may be taken away. */
export class FakeStorage implements StorageDriver {
  readonly made = new Map<string, FakePool>();
  /** Pools that cannot be opened. */
  readonly away = new Set<string>();
  /** Thrown by the next call of the method, once. */
  readonly failures = new Map<keyof StorageDriver, Error>();

  async create({ name, config }: PoolDefinition): Promise<Config> {
    this.#mayFail("create");
    this.made.set(name, new FakePool());
    return { size: "1GiB", ...config };
  }

  async open({ name }: PoolDefinition): Promise<PoolDriver> {
    const pool = this.made.get(name);
    if (pool && !this.away.has(name)) return pool;
    throw new LodgeError({ code: "pool_unavailable", message: "its device is missing." });
  }

  async change(): Promise<void> {
    this.#mayFail("change");
  }

  async remove({ name }: PoolDefinition): Promise<void> {
    this.#mayFail("remove");
    this.made.delete(name);
  }

  #mayFail(method: keyof StorageDriver): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }
}
