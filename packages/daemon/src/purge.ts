import { rm } from "node:fs/promises";
import type { InstanceDriver, NetworkDriver, PoolDefinition, ProxyDriver, StorageDriver } from "@lodge/core";
import type { Logger } from "pino";
import type { Cgroups } from "./system/cgroups.ts";
import { removeNamespaces } from "./system/namespaces.ts";
import type { LodgePaths } from "./system/paths.ts";
import { run } from "./system/run.ts";

export interface Parts {
  readonly log: Logger;
  readonly drivers: readonly InstanceDriver[];
  readonly pools: readonly SweptPool[];
  readonly network: NetworkDriver;
  readonly proxies: ProxyDriver;
  readonly removeFabric: () => Promise<void>;
  readonly cgroups: Cgroups;
}

export interface SweptPool {
  readonly driver: StorageDriver;
  readonly definition: PoolDefinition;
}

/** Ends every instance and removes what they left on the host: as if the store were empty. Runs inside the mount namespace. */
export async function sweep({ log, drivers, pools, network, proxies, removeFabric, cgroups }: Parts): Promise<void> {
  await proxies.reconcile([]);
  await Promise.all(drivers.map((driver) => driver.reconcile([])));
  await network.reconcile([], [], []);
  await removeFabric();
  for (const pool of pools) await removePool(pool, log);
  await cgroups.removeAll();
}

/** What lies outside LODGE_DIR goes here. One that is not available does not keep the others. */
async function removePool({ driver, definition }: SweptPool, log: Logger): Promise<void> {
  try {
    const pool = await driver.open(definition);
    await pool.reconcile(new Map(), []);
    await driver.remove(definition);
  } catch (err) {
    log.error({ pool: definition.name, err }, "a storage pool could not be removed");
  }
}

/** Removes a LODGE_DIR whose daemon has ended, with all that it made on the host. Runs outside the mount namespace. */
export async function purge(paths: LodgePaths, main: string): Promise<void> {
  await run(process.execPath, [main, "sweep"], {
    timeout: 300_000,
    env: { ...ownEnvironment(), LODGE_DIR: paths.root },
  });
  await removeNamespaces(paths);
  await rm(paths.root, { recursive: true, force: true });
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
