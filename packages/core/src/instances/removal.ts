import { LodgeError } from "@lodge/api";
import { removeBackups } from "../backups/recovery.ts";
import type { InstanceRecord } from "../store.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import type { InstanceId } from "./driver.ts";
import { isKeptFromDeletion } from "./protection.ts";
import { InstanceRecords } from "./records.ts";

/**
 * Removes an instance and everything of it. The caller holds the lock. Marked `deleting` first, so that an interrupted removal is
 * finished by the next daemon.
 */
export async function removeInstance(deps: InstanceDependencies, id: InstanceId): Promise<void> {
  const record = await deps.store.instances.get(id);
  if (!record) return;
  const pool = poolOf(deps, record.pool);
  await deps.store.instances.put({ ...record, life: "deleting", wanted: false });
  const driver = driverOf(deps, record.type);
  await deps.proxies.endAll(id);
  await driver.release(id);
  await deps.network.detach(id);
  await removeBackups(deps, id);
  await pool.removeRoot(id);
  await driver.forget(id);
  await deps.store.instances.remove(id);
  if (record.life === "present") announceDeletion(deps, record);
}

export function announceDeletion({ events }: InstanceDependencies, { name, project, uuid }: InstanceRecord): void {
  events.lifecycle("instance-deleted", instanceUrl(name), { uuid }, project);
}

/** Removes an ephemeral instance that has stopped; one that is protected stays. The caller holds the lock. */
export async function discardInstance(deps: InstanceDependencies, id: InstanceId): Promise<void> {
  const record = await deps.store.instances.get(id);
  if (!record) return;
  const { config } = await new InstanceRecords(deps.store).expand(record);
  if (!isKeptFromDeletion(config)) return removeInstance(deps, id);
  deps.log.info({ instance: record.name }, "ephemeral instance kept: it is protected from being deleted");
}

/** Refuses to delete what runs. */
export function requireStopped(name: string, running: boolean): void {
  if (!running) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is running; stop it first or use "lodge delete --force ${name}".`,
  });
}
