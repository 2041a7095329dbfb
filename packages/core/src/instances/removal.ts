import { LodgeError } from "@lodge/api";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import type { InstanceId } from "./driver.ts";

/**
 * Removes an instance and everything of it. The caller holds the lock. Marked `deleting` first, so that an interrupted removal is
 * finished by the next daemon.
 */
export async function removeInstance(deps: InstanceDependencies, id: InstanceId): Promise<void> {
  const record = await deps.store.instances.get(id);
  if (!record) return;
  await deps.store.instances.put({ ...record, life: "deleting", wanted: false });
  const driver = driverOf(deps, record.type);
  await driver.release(id);
  await deps.network.detach(id);
  await poolOf(deps, record.pool).removeRoot(id);
  await driver.forget(id);
  await deps.store.instances.remove(id);
  if (record.life === "present")
    deps.events.lifecycle("instance-deleted", instanceUrl(record.name), {}, record.project);
}

/** Refuses to delete what runs. */
export function requireStopped(name: string, running: boolean): void {
  if (!running) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is running; stop it first or use "lodge delete --force ${name}".`,
  });
}
