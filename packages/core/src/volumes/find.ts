import { LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { PoolVolumes, VolumeRequest } from "../storage/volumes.ts";
import type { Store, VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { volumeSize } from "./configuration.ts";

/** What users call a volume. */
export interface VolumeName {
  readonly pool: string;
  readonly project: string;
  readonly name: string;
}

/** A pool's of a project that clients may see: not the ones being made or deleted. */
export async function presentVolumes(
  store: Pick<Store, "volumes">,
  { pool, project }: Pick<VolumeName, "pool" | "project">,
): Promise<VolumeRecord[]> {
  const records = await store.volumes.list();
  return records.filter((r) => r.pool === pool && r.project === project && r.life === "present");
}

export async function findVolume(store: Pick<Store, "volumes">, wanted: VolumeName): Promise<VolumeRecord> {
  const found = await findOptionalVolume(store, wanted);
  if (found) return found;
  throw new LodgeError({
    code: "volume_not_found",
    message: `Pool "${wanted.pool}" has no volume "${wanted.name}"; "lodge storage volume list ${wanted.pool}" shows those that it has.`,
  });
}

export async function findOptionalVolume(
  store: Pick<Store, "volumes">,
  wanted: VolumeName,
): Promise<VolumeRecord | undefined> {
  return (await presentVolumes(store, wanted)).find(({ name }) => name === wanted.name);
}

/** A volume's that clients may see, the oldest first. */
export async function snapshotsOf(
  store: Pick<Store, "volumeSnapshots">,
  { id }: Pick<VolumeRecord, "id">,
): Promise<VolumeSnapshotRecord[]> {
  return (await store.volumeSnapshots.list()).filter(({ volume, life }) => volume === id && life === "present");
}

export async function findVolumeSnapshot(
  store: Pick<Store, "volumeSnapshots">,
  volume: VolumeRecord,
  name: string,
): Promise<VolumeSnapshotRecord> {
  const found = (await snapshotsOf(store, volume)).find((snapshot) => snapshot.name === name);
  if (found) return found;
  throw new LodgeError({
    code: "snapshot_not_found",
    message: `Volume "${volume.name}" has no snapshot "${name}"; "lodge storage volume info ${volume.pool} ${volume.name}" shows those that it has.`,
  });
}

/** The volumes of a pool; `not_supported` when it has none. */
export function volumesOf(deps: Pick<InstanceDependencies, "pools">, pool: string): PoolVolumes {
  const { volumes } = poolOf(deps, pool);
  if (volumes) return volumes;
  throw new LodgeError({ code: "not_supported", message: `Storage pool "${pool}" holds no volumes of its users'.` });
}

/** What its pool is to make of a record. */
export function volumeRequest(record: Pick<VolumeRecord, "id" | "contentType" | "config">): VolumeRequest {
  const size = volumeSize(record);
  return { id: record.id, content: record.contentType, ...(size !== undefined && { size }) };
}

/** Refuses to use a volume of which nobody knows whether it is before or after a restore. */
export function requireRestored({ name, restoring }: VolumeRecord): void {
  if (restoring === undefined) return;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${name}" is being restored, or that failed when the daemon started (see its log); restore it again.`,
  });
}
