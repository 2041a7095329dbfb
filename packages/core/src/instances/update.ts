import { type InstancePut, LodgeError } from "@lodge/api";
import type { InstanceRecord } from "../store.ts";
import { checkConfig, expandConfig, expandDevices, withOwnVolatile } from "./configuration.ts";
import { type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { checkDevices, readRootDisk } from "./devices.ts";
import { reserveAddresses } from "./ports.ts";
import { InstanceRecords } from "./records.ts";

/**
 * Checks a change of an instance's configuration and returns what applies it; the caller runs that under the lock. Limits and nics
 * take effect at the next start.
 */
export async function updateInstance(
  deps: InstanceDependencies,
  record: InstanceRecord,
  change: InstancePut,
): Promise<() => Promise<undefined>> {
  const owner = `instance ${record.name}`;
  if (change.restore !== undefined)
    throw new LodgeError({ code: "not_supported", message: `Restoring snapshots of ${owner} is not supported.` });
  const profileNames = change.profiles ?? record.profiles;
  const profiles = await new InstanceRecords(deps.store).profiles(record.project, profileNames);
  const config = withOwnVolatile(change.config ?? {}, record.config);
  const devices = change.devices ?? {};
  const expanded = { config: expandConfig(profiles, config), devices: expandDevices(profiles, devices) };
  checkConfig(owner, record.type, expanded.config, deps.host);
  checkDevices(owner, expanded.devices);
  const root = readRootDisk(owner, expanded.devices);
  if (root.pool !== record.pool)
    throw new LodgeError({ code: "not_supported", message: `Moving ${owner} to another pool is not supported.` });
  const networks = new Map((await deps.store.networks.list()).map((n) => [n.name, n]));
  const others = (await deps.store.instances.list()).filter((r) => r.id !== record.id).map((r) => r.config);
  const volatile = reserveAddresses(owner, expanded.devices, config, { networks, others, random: deps.random });
  return async () => {
    const current = await deps.store.instances.get(record.id);
    if (!current)
      throw new LodgeError({
        code: "instance_not_found",
        message: `Instance "${record.name}" does not exist any more.`,
      });
    await deps.store.instances.put({
      ...current,
      description: change.description ?? current.description,
      config: { ...config, ...volatile },
      devices,
      profiles: profileNames,
      ephemeral: change.ephemeral ?? current.ephemeral,
    });
    deps.events.lifecycle("instance-updated", instanceUrl(record.name), {}, record.project);
    return undefined;
  };
}
