import type { PoolDriver } from "../storage/pool.ts";
import type { PoolVolumes } from "../storage/volumes.ts";
import type { VolumeBackupRecord, VolumeRecord } from "../store.ts";
import { settleVolumeBackups } from "./backup/recovery.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { volumeRequest } from "./find.ts";
import { applySize } from "./growth.ts";

type Dependencies = Pick<VolumeDependencies, "store" | "log" | "keepUnknown">;

/**
 * When a pool has been opened, before anybody uses it: forgets volumes and snapshots that were being made or removed, has the pool
 * clear away what no record names, and finishes restores. What fails is tried again at the next start.
 */
export async function recoverVolumes(deps: Dependencies, pool: string, { volumes }: PoolDriver): Promise<void> {
  if (!volumes) return;
  const { store, log } = deps;
  const here = (await store.volumes.list()).filter((volume) => volume.pool === pool);
  for (const { id, name, life } of here.filter((volume) => volume.life !== "present")) {
    log.warn({ pool, volume: name, life }, "settling an unfinished volume");
    await attempt(deps, { pool, volume: name }, async () => {
      await volumes.remove(id);
      await store.volumes.remove(id);
    });
  }
  const present = here.filter(({ life }) => life === "present");
  for (const volume of present) {
    await attempt(deps, { pool, volume: volume.name }, async () => {
      await dropUnfinished(deps, volume, volumes);
      await finishRestore(deps, volume, volumes);
    });
  }
  const backups: VolumeBackupRecord[] = [];
  await attempt(deps, { pool }, async () => void backups.push(...(await settleVolumeBackups(deps, pool, volumes))));
  if (deps.keepUnknown) return;
  const kept = Map.groupBy(await store.volumeSnapshots.list(), ({ volume }) => volume);
  // Those whose removal failed are not named, and so removed here if that can be done at all.
  const named = new Map([
    ...present.map(({ id }) => [id, (kept.get(id) ?? []).map((snapshot) => snapshot.id)] as const),
    ...backups.map(({ id, snapshots }) => [id, snapshots.map((snapshot) => snapshot.id)] as const),
  ]);
  await attempt(deps, { pool }, () => volumes.reconcile(named));
}

async function dropUnfinished(
  { store, log }: Dependencies,
  { id, name: volume }: VolumeRecord,
  volumes: PoolVolumes,
): Promise<void> {
  const unfinished = (await store.volumeSnapshots.list()).filter(
    (each) => each.volume === id && each.life !== "present",
  );
  for (const { id: snapshot, name, life } of unfinished) {
    log.warn({ volume, snapshot: name, life }, "settling an unfinished snapshot of a volume");
    await volumes.forget({ volume: id, snapshot });
    await store.volumeSnapshots.remove(snapshot);
  }
}

async function finishRestore({ store, log }: Dependencies, volume: VolumeRecord, volumes: PoolVolumes): Promise<void> {
  const { restoring, ...whole } = volume;
  if (restoring === undefined) return;
  log.warn({ pool: volume.pool, volume: volume.name }, "finishing the restore of a volume");
  await volumes.restore(volumeRequest(whole), restoring);
  await store.volumes.put(whole);
}

async function attempt({ log }: Dependencies, of: object, work: () => Promise<void>): Promise<void> {
  await work().catch((err: unknown) => log.error({ ...of, err }, "what was begun with a volume could not be settled"));
}

/** At daemon start, when it is known what runs: a change of size that the last daemon did not finish is finished. */
export async function settleSizes(deps: VolumeDependencies): Promise<void> {
  for (const volume of await deps.store.volumes.list()) {
    if (volume.life !== "present" || volume.config["size"] === undefined) continue;
    await deps.volumeLock
      .run(volume.id, () => applySize(deps, volume))
      .catch((err: unknown) =>
        deps.log.warn({ volume: volume.name, err }, "the size of a volume could not be settled"),
      );
  }
}
