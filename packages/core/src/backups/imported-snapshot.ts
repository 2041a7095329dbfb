import type { Devices, InstanceBackupIndex } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { inPool } from "../instances/devices/root-pool.ts";
import { shortId } from "../instances/identity.ts";
import { InstanceRecords } from "../instances/records.ts";
import { keptSnapshotIdentity } from "../snapshots/records.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { ownNotes, withoutNotes } from "./identity.ts";
import { requireSnapshotName, timeOf } from "./take-states.ts";

/** The record of a snapshot that a backup has, for the instance that is made of that. */
export async function importedSnapshot(
  { store, newUuid, now }: Pick<InstanceDependencies, "store" | "newUuid" | "now">,
  instance: InstanceRecord,
  { snapshots }: InstanceBackupIndex,
  name: string,
): Promise<SnapshotRecord> {
  requireSnapshotName(name);
  const said = snapshots.find((each) => each.name === name);
  const config = said?.config ?? {};
  const expiresAt = timeOf(said?.expires_at);
  return {
    id: shortId(newUuid()) as string as SnapshotId,
    instance: instance.id,
    name,
    description: said?.description ?? "",
    architecture: said?.architecture ?? instance.architecture,
    config: {
      ...withoutNotes(config),
      ...(config["volatile.uuid"] === instance.uuid && ownNotes(config)),
      ...keptSnapshotIdentity(config),
    },
    devices: await inItsPool(store, instance, said?.devices ?? {}),
    profiles: said?.profiles ?? [],
    ephemeral: said?.ephemeral ?? false,
    life: "present",
    createdAt: timeOf(said?.created_at) ?? now(),
    ...(expiresAt && { expiresAt }),
  };
}

/** It is restored where its instance lies, which the import may have put into another pool. */
async function inItsPool(
  store: InstanceDependencies["store"],
  instance: InstanceRecord,
  devices: Devices,
): Promise<Devices> {
  const isRoot = ({ type, path }: Devices[string]) => type === "disk" && path === "/";
  if (!Object.values(instance.devices).some(isRoot)) return devices;
  return inPool(devices, (await new InstanceRecords(store).expand(instance)).devices, instance.pool);
}
