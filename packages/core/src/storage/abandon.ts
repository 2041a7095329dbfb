import { LodgeError } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { removeInstance, requireStopped } from "../instances/removal.ts";
import type { Runs } from "../instances/runs.ts";
import { lostPool } from "./lost-pool.ts";
import type { PoolLookup } from "./open-pools.ts";
import { poolUsers, requireUnusedPool } from "./users.ts";

/**
 * Forgets all that lay in a pool which is not available: its instances, volumes, backups and templates. Refused while others name the pool, and
 * while something of it runs. One that is interrupted is gone on with by the next call.
 */
export async function abandonPool(deps: InstanceDependencies, runs: Runs, name: string): Promise<void> {
  const { store, lock, events, log } = deps;
  const problem = deps.pools.problem?.(name);
  if (!problem) {
    throw new LodgeError({
      code: "pool_in_use",
      message: `Storage pool "${name}" is available, and is only deleted once nothing is in it: delete or move that first.`,
    });
  }
  const { instances, profiles, volumes, templates } = await poolUsers(store, name);
  const lying = instances.filter(({ pool }) => pool === name);
  for (const each of lying) requireStopped(each.name, runs.isRunning(each.id));
  const backed = (await store.backups.list()).filter(({ pool }) => pool === name);
  const others = instances.filter(({ id, pool, devices }) => {
    const hasOnlyBackups = backed.some(({ instance }) => instance === id);
    return pool !== name && !(hasOnlyBackups && Object.values(devices).every((device) => device["pool"] !== name));
  });
  requireUnusedPool(name, { instances: others, profiles, volumes: [], templates: [] });
  log.warn({ pool: name, instances: lying.length, volumes: volumes.length }, "giving up a storage pool that is lost");
  const pools: PoolLookup = {
    get: (wanted) => (wanted === name ? lostPool(problem) : deps.pools.get(wanted)),
    keys: () => deps.pools.keys(),
    values: () => deps.pools.values(),
  };
  for (const { id } of lying) await lock.run(id, () => removeInstance({ ...deps, pools }, id));
  for (const { id } of backed) await store.backups.remove(id);
  for (const { id } of templates) await store.templates.remove(id);
  for (const { id, name: volume, project } of volumes) {
    await store.volumes.remove(id);
    const url = `/1.0/storage-pools/${name}/volumes/custom/${encodeURIComponent(volume)}`;
    events.lifecycle("storage-volume-deleted", url, {}, project);
  }
}
