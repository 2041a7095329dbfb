import { join } from "node:path";
import { type StorageDriver, storageDriverOf } from "@lodge/core";
import type { Logger } from "pino";
import { endProcess, makeDirectories } from "../lifetime.ts";
import { type SweptPool, sweep } from "../purge.ts";
import { useRoom } from "../room-put-by.ts";
import { openStore } from "../store/store.ts";
import { lockDaemon } from "../system/daemon-lock.ts";
import { enterMountNamespace } from "../system/namespaces.ts";
import type { LodgePaths } from "../system/paths.ts";
import { createDrivers } from "./drivers.ts";
import type { Host } from "./host.ts";

/** The inner half of `purge`. */
export async function sweepHost(host: Host): Promise<void> {
  const { paths, log } = host;
  await makeDirectories(paths);
  await enterMountNamespace(paths);
  lockDaemon(join(paths.root, "lodged.lock"));
  await useRoom(paths);
  const drivers = await createDrivers(host, { exited() {}, ready() {} });
  await sweep({
    log,
    drivers: [drivers.container, drivers.virtualMachine],
    pools: await recordedPools(drivers.storage, paths, log),
    network: drivers.network,
    proxies: drivers.proxies,
    removeFabric: drivers.removeFabric,
    cgroups: drivers.cgroups,
  });
  endProcess(0);
}

async function recordedPools(
  storageDrivers: ReadonlyMap<string, StorageDriver>,
  paths: LodgePaths,
  log: Logger,
): Promise<SweptPool[]> {
  try {
    await using stack = new AsyncDisposableStack();
    const store = await openStore(paths.database, log);
    stack.defer(() => store.close());
    const records = await store.pools.list();
    return records.map(({ name, driver, config }) => ({
      driver: storageDriverOf({ storageDrivers }, driver),
      definition: { name, config },
    }));
  } catch (err) {
    // What lies in LODGE_DIR goes with it.
    log.error({ err }, "the database cannot be read: storage pools outside LODGE_DIR are left as they are");
    return [];
  }
}
