import type { PoolVolumes, VolumeId } from "../../storage/volumes.ts";
import type { VolumeBackupRecord } from "../../store.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { volumesOf } from "../find.ts";

/** When a pool has been opened: forgets backups of volumes that were being made or removed, and returns those that are there. */
export async function settleVolumeBackups(
  { store, log }: Pick<VolumeDependencies, "store" | "log">,
  pool: string,
  volumes: PoolVolumes,
): Promise<VolumeBackupRecord[]> {
  const here = (await store.volumeBackups.list()).filter((backup) => backup.pool === pool);
  for (const { id, volume, name, life } of here) {
    if (life === "present") continue;
    log.warn({ volume, backup: name, life }, "settling an unfinished backup of a volume");
    await volumes.remove(id);
    await store.volumeBackups.remove(id);
  }
  return here.filter(({ life }) => life === "present");
}

/** Removes a volume's backups. The caller holds its lock. */
export async function removeVolumeBackups(deps: VolumeDependencies, volume: VolumeId): Promise<void> {
  for (const { id, pool } of await deps.store.volumeBackups.of(volume)) {
    await volumesOf(deps, pool).remove(id);
    await deps.store.volumeBackups.remove(id);
  }
}
