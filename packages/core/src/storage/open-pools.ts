/** The pools that are open now, and why others are not. */
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import type { PoolDriver } from "./pool.ts";

/** How the rules find a pool by its name. */
export interface PoolLookup {
  get(name: string): PoolDriver | undefined;
  keys(): Iterable<string>;
  values(): Iterable<PoolDriver>;
  /** Why a pool that exists is not open. */
  problem?(name: string): LodgeError | undefined;
}

export class OpenPools implements PoolLookup {
  readonly #open = new Map<string, PoolDriver>();
  readonly #problems = new Map<string, LodgeError>();

  get(name: string): PoolDriver | undefined {
    return this.#open.get(name);
  }

  keys(): string[] {
    return [...this.#open.keys()];
  }

  values(): PoolDriver[] {
    return [...this.#open.values()];
  }

  problem(name: string): LodgeError | undefined {
    return this.#problems.get(name);
  }

  /** Of all that are not available. */
  get problems(): ReadonlyMap<string, LodgeError> {
    return this.#problems;
  }

  opened(name: string, pool: PoolDriver): void {
    this.#problems.delete(name);
    this.#open.set(name, pool);
  }

  /** Returns whether the reason is another one than before. */
  failed(name: string, error: unknown): boolean {
    const { message } = asLodgeError(error);
    const before = this.#problems.get(name)?.message;
    const problem = `Storage pool "${name}" is not available: ${message}`;
    this.#problems.set(name, new LodgeError({ code: "pool_unavailable", message: problem, cause: error }));
    return problem !== before;
  }

  forget(name: string): void {
    this.#open.delete(name);
    this.#problems.delete(name);
  }
}

/** Throws `pool_unavailable`, `pool_not_found`. */
export function requirePool(pools: PoolLookup, name: string): PoolDriver {
  const pool = pools.get(name);
  if (pool) return pool;
  throw (
    pools.problem?.(name) ??
    new LodgeError({
      code: "pool_not_found",
      message: `Storage pool "${name}" does not exist; "lodge storage list" shows those that do.`,
    })
  );
}
