import type { BackupService, VolumeSnapshotService } from "../services.ts";
import { type Due, isExpired } from "../snapshots/expiry.ts";
import { isScheduled } from "../snapshots/schedule.ts";
import type { Store } from "../store.ts";
import type { VolumeName } from "./find.ts";

/** Snapshots of volumes that are to go. */
export function expiredOfVolumes(
  store: Pick<Store, "volumes" | "volumeSnapshots">,
  snapshots: Pick<VolumeSnapshotService, "delete">,
): Due {
  return async (now) => {
    const expired = (await store.volumeSnapshots.list()).filter((snapshot) => isExpired(snapshot, now));
    const owners = new Map((await store.volumes.list()).map((record) => [record.id, record]));
    return expired.flatMap(({ volume, name }) => {
      const owner = owners.get(volume);
      if (owner?.life !== "present") return [];
      const of = { pool: owner.pool, volume: owner.name, snapshot: name };
      return [{ of, begin: () => snapshots.delete(owner, name) }];
    });
  };
}

/** Backups of volumes that are to go. */
export function expiredVolumeBackups(
  store: Pick<Store, "volumes" | "volumeBackups">,
  backups: Pick<BackupService<VolumeName, unknown>, "delete">,
): Due {
  return async (now) => {
    const expired = (await store.volumeBackups.list()).filter((backup) => isExpired(backup, now));
    const owners = new Map((await store.volumes.list()).map((record) => [record.id, record]));
    return expired.flatMap(({ volume, name }) => {
      const owner = owners.get(volume);
      if (owner?.life !== "present") return [];
      const of = { pool: owner.pool, volume: owner.name, backup: name };
      return [{ of, begin: () => backups.delete(owner, name) }];
    });
  };
}

/** Snapshots of volumes that are to be made. */
export function dueOfVolumes(store: Pick<Store, "volumes">, snapshots: Pick<VolumeSnapshotService, "create">): Due {
  return async (now) =>
    (await store.volumes.list())
      .filter(({ life, config }) => life === "present" && isScheduled(config, now))
      .map((volume) => ({
        of: { pool: volume.pool, volume: volume.name },
        begin: () => snapshots.create(volume, {}),
      }));
}
