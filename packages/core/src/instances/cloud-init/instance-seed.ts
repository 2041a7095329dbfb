import type { InstanceDependencies } from "../dependencies.ts";
import { hasCloudInitDisk } from "../devices/disks.ts";
import type { ExpandedInstance } from "../records.ts";
import { type CloudInitSeed, cloudInitSeed, seedDigest, wantsCloudInit } from "./seed.ts";

const idKey = "volatile.cloud-init.instance-id";
const digestKey = "volatile.cloud-init.digest";

/**
 * The seed for a start, undefined for none. cloud-init does its work once for an instance id: the instance gets another one when what
 * it is told has changed, whatever changed it, a profile or a new name included. The caller holds the lock.
 */
export async function instanceSeed(
  deps: Pick<InstanceDependencies, "store" | "newUuid">,
  { record, config, devices }: ExpandedInstance,
  nics: readonly string[],
): Promise<CloudInitSeed | undefined> {
  if (!wantsCloudInit(config) && !hasCloudInitDisk(devices)) return undefined;
  const source = { name: record.name, config, nics };
  const digest = seedDigest(source);
  const known = record.config[digestKey] === digest ? record.config[idKey] : undefined;
  if (known !== undefined) return cloudInitSeed(source, known);
  const id = deps.newUuid();
  const changed = { ...record, config: { ...record.config, [idKey]: id, [digestKey]: digest } };
  await deps.store.instances.put(changed);
  return cloudInitSeed(source, id);
}
