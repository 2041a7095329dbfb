/** How pools come to be open: at daemon start, and later where that failed. */
import { LodgeError } from "@lodge/api";
import type { Log } from "../log.ts";
import type { PoolRecord, Store } from "../store.ts";
import type { StorageDriver } from "./driver.ts";
import type { OpenPools } from "./open-pools.ts";
import type { PoolDriver } from "./pool.ts";

export interface OpeningDependencies {
  readonly store: Store;
  readonly log: Log;
  /** By name. */
  readonly storageDrivers: ReadonlyMap<string, StorageDriver>;
  readonly pools: OpenPools;
}

export function storageDriverOf(
  { storageDrivers }: Pick<OpeningDependencies, "storageDrivers">,
  name: string,
): StorageDriver {
  const driver = storageDrivers.get(name);
  if (driver) return driver;
  throw new LodgeError({
    code: "pool_driver_unknown",
    message: `There is no storage driver "${name}"; there are ${[...storageDrivers.keys()].join(", ")}.`,
  });
}

/** At daemon start. A pool that cannot be opened does not keep the others from it. */
export async function openPools(deps: OpeningDependencies): Promise<void> {
  for (const record of await deps.store.pools.list()) {
    if (record.life === "present") await openPool(deps, record);
    else await removeLeftPool(deps, record);
  }
}

/** Opens a pool, runs what comes before its use, and tells whether that went well. What goes wrong is kept as the pool's problem. */
export async function openPool(
  deps: OpeningDependencies,
  { name, driver, config }: PoolRecord,
  before: (pool: PoolDriver) => Promise<void> = async () => undefined,
): Promise<boolean> {
  try {
    const pool = await storageDriverOf(deps, driver).open({ name, config });
    await before(pool);
    deps.pools.opened(name, pool);
    return true;
  } catch (err) {
    if (deps.pools.failed(name, err)) deps.log.error({ pool: name, err }, "a storage pool could not be opened");
    return false;
  }
}

/** Removes a pool whose making or removal the last daemon did not live to finish. What fails is tried again at the next start. */
async function removeLeftPool(deps: OpeningDependencies, { name, driver, config, life }: PoolRecord): Promise<void> {
  deps.log.warn({ pool: name, life }, "removing an unfinished storage pool");
  try {
    await storageDriverOf(deps, driver).remove({ name, config });
    await deps.store.pools.remove(name);
  } catch (err) {
    deps.log.error({ pool: name, err }, "an unfinished storage pool could not be removed");
  }
}

/** Milliseconds between attempts to open what could not be opened. */
const interval = 60_000;

export interface WatchingDependencies extends OpeningDependencies {
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** What is to be done with a pool before it is used. */
  readonly settle: (name: string, pool: PoolDriver) => Promise<void>;
}

/** Tries again, until the signal is aborted, to open the pools that could not be. Never throws. */
export async function watchPools(deps: WatchingDependencies, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await deps.wait(interval, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      for (const record of await deps.store.pools.list()) {
        const { name, life } = record;
        if (life !== "present" || !deps.pools.problem(name)) continue;
        const opened = await openPool(deps, record, (pool) => deps.settle(name, pool));
        if (opened) deps.log.info({ pool: name }, "a storage pool is available again");
      }
    } catch (err) {
      deps.log.error({ err }, "cannot look for storage pools that are available again");
    }
  }
}
