import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";

/** At daemon start, before the pools look: forgets backups that were being made or removed. */
export async function dropUnfinishedBackups(deps: InstanceDependencies): Promise<void> {
  for (const { id, instance, name, life } of await deps.store.backups.list()) {
    if (life === "present") continue;
    deps.log.warn({ instance, backup: name, life }, "settling an unfinished backup");
    await deps.store.backups.remove(id);
  }
}

/** Removes an instance's backups. The caller holds its lock. */
export async function removeBackups(deps: InstanceDependencies, instance: InstanceId): Promise<void> {
  for (const { id, pool } of await deps.store.backups.of(instance)) {
    await poolOf(deps, pool).removeRoot(id);
    await deps.store.backups.remove(id);
  }
}
