/**
 * The contract of a storage driver: what makes, opens and removes the pools of one kind. What is done in a pool that is open: `pool.ts`.
 *
 * Terms. A pool's *source* is what it lies on: a directory, a device, a file in LODGE_DIR. The source of a pool belongs to that pool
 * alone, and carries a mark of it from its making on.
 */
import type { Config } from "@lodge/api";
import type { PoolDriver } from "./pool.ts";

export interface PoolDefinition {
  readonly name: string;
  /** Its keys and values have been checked. */
  readonly config: Config;
}

export interface StorageDriver {
  /**
   * Makes a pool and returns its configuration with what was chosen for it. Refuses, before anything is changed, a source that holds
   * something (`pool_source_invalid`), and what the host lacks (`host_tool_missing`, `host_unsupported`, `pool_full`). What a failure
   * or a sudden end left is `remove`'s to take away.
   */
  create(pool: PoolDefinition): Promise<Config>;
  /** Makes a pool usable that was made before. Idempotent. `pool_unavailable`, with the reason. */
  open(pool: PoolDefinition): Promise<PoolDriver>;
  /** Makes an open pool what its configuration says now; `before`: what it said. */
  change(pool: PoolDefinition, before: Config): Promise<void>;
  /** Removes a pool with all that is in it. Idempotent; leaves alone what does not carry the pool's mark. */
  remove(pool: PoolDefinition): Promise<void>;
}
