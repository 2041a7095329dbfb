import { type Devices, LodgeError } from "@lodge/api";
import type { InstanceRecord, ProfileRecord, Store, TemplateRecord, VolumeRecord } from "../store.ts";

/** Who needs a pool. */
export interface PoolUsers {
  readonly instances: readonly InstanceRecord[];
  /** Those whose disks it is for. */
  readonly profiles: readonly ProfileRecord[];
  readonly volumes: readonly VolumeRecord[];
  /** Warm machines that lie in it. */
  readonly templates: readonly TemplateRecord[];
}

export async function poolUsers(
  store: Pick<Store, "instances" | "profiles" | "volumes" | "backups" | "templates">,
  name: string,
): Promise<PoolUsers> {
  const [instances, profiles, volumes, backups, templates] = await Promise.all([
    store.instances.list(),
    store.profiles.list(),
    store.volumes.list(),
    store.backups.list(),
    store.templates.list(),
  ]);
  const backed = new Set(backups.filter(({ pool }) => pool === name).map(({ instance }) => instance));
  const names = (devices: Devices) => Object.values(devices).some((device) => device["pool"] === name);
  return {
    instances: instances.filter((record) => record.pool === name || names(record.devices) || backed.has(record.id)),
    profiles: profiles.filter(({ devices }) => names(devices)),
    volumes: volumes.filter(({ pool }) => pool === name),
    templates: templates.filter(({ pool }) => pool === name),
  };
}

export function requireUnusedPool(name: string, { instances, profiles, volumes, templates }: PoolUsers): void {
  const users = [
    ...instances.map((each) => `instance "${each.name}"`),
    ...profiles.map((each) => `profile "${each.name}"`),
    ...volumes.map((each) => `volume "${each.name}"`),
    ...templates.map(({ fingerprint }) => `a template of image ${fingerprint.slice(0, 12)} ("lodge template delete")`),
  ];
  if (users.length === 0) return;
  throw new LodgeError({
    code: "pool_in_use",
    message: `Storage pool "${name}" cannot be deleted: it is used by ${users.join(", ")}. Delete or move what lies in it, and let profiles name another pool.`,
  });
}
