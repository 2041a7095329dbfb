import { LodgeError } from "@lodge/api";
import { volumeUrl } from "../storage/volume-url.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolumeSnapshot, volumeRequest, volumesOf } from "./find.ts";
import { withUsers } from "./users.ts";

/**
 * Makes a volume what it was; its configuration stays. Nobody may run with it. The record says first what is to come: a daemon that dies
 * in between leaves it to the next one. The caller holds the volume's lock.
 */
export async function restoreVolume(
  deps: VolumeDependencies,
  { id, name: volumeName }: VolumeRecord,
  { name }: VolumeSnapshotRecord,
): Promise<void> {
  const { store, events } = deps;
  const volume = await store.volumes.get(id);
  if (volume?.life !== "present") {
    throw new LodgeError({ code: "volume_not_found", message: `Volume "${volumeName}" does not exist any more.` });
  }
  const snapshot = await findVolumeSnapshot(store, volume, name);
  await withUsers(deps, volume, async (users) => {
    const running = users.filter(({ record }) => deps.runs.isRunning(record.id)).map(({ record }) => record.name);
    if (running.length > 0) {
      throw new LodgeError({
        code: "volume_in_use",
        message: `Volume "${volume.name}" cannot be restored under instances that run with it: stop ${running.join(", ")}, or detach it there.`,
      });
    }
    await deps.volumeFiles.end(volume.id);
    const { restoring: _before, ...whole } = volume;
    await store.volumes.put({ ...whole, restoring: snapshot.id });
    try {
      await volumesOf(deps, volume.pool).restore(volumeRequest(whole), snapshot.id);
    } catch (error) {
      // A pool that fails has left what was there.
      await store.volumes.put(volume);
      throw error;
    }
    await store.volumes.put(whole);
  });
  events.lifecycle("storage-volume-restored", volumeUrl(volume), { snapshot: name }, volume.project);
}
