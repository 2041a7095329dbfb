import { type VolumeBackup, zeroTime } from "@lodge/api";
import type { BackupSubject, Opened } from "../../backups/subject.ts";
import { shortId } from "../../instances/identity.ts";
import { volumeUrl } from "../../storage/volume-url.ts";
import type { VolumeId } from "../../storage/volumes.ts";
import type { VolumeBackupRecord, VolumeRecord } from "../../store.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { findVolume, type VolumeName, volumesOf } from "../find.ts";
import { holdVolume, putByVolume, type StillVolume, volumeSources } from "./still.ts";

/** Backups of custom volumes. What is kept is a copied volume. */
export function volumeBackups(
  deps: VolumeDependencies,
): BackupSubject<VolumeName, VolumeRecord, VolumeBackupRecord, VolumeBackup> {
  return {
    rows: deps.store.volumeBackups,
    event: "storage-volume-backup",
    find: (name) => findVolume(deps.store, name),
    call: ({ name }) => `Volume "${name}"`,
    url: volumeUrl,
    // As with instances, LXD's clients look for the name at the end of a path.
    resources: (volume, backup) => ({
      storage_volumes: [volumeUrl(volume)],
      backups: [`/1.0/backups/${encodeURIComponent(backup)}`],
      storage_volume_backups: [`${volumeUrl(volume)}/backups/${encodeURIComponent(backup)}`],
    }),
    show: ({ name, createdAt, expiresAt, volumeOnly, optimized }) => ({
      name,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt?.toISOString() ?? zeroTime,
      volume_only: volumeOnly,
      optimized_storage: optimized,
    }),
    async begin({ id: volume, pool }, { volume_only }, kept) {
      const id = shortId(deps.newUuid()) as string as VolumeId;
      return { ...kept, id, volume, pool, volumeOnly: volume_only === true };
    },
    async keep(owner, row) {
      const { pool, snapshots, index } = await putByVolume(deps, owner, row.id, row.volumeOnly);
      return { ...row, pool, snapshots, index };
    },
    drop: ({ id, pool }) => volumesOf(deps, pool).remove(id),
    open({ contentType }, row) {
      const still = { ...row, contentType };
      return { ...opened(still), sources: volumeSources(deps, still), end: () => undefined };
    },
    async take(owner, { volume_only }) {
      const held = await holdVolume(deps, owner, volume_only === true);
      return { ...opened(held), sources: volumeSources(deps, held, held.check), end: held.release };
    },
  };
}

const opened = ({ contentType, index }: StillVolume): Pick<Opened, "of" | "index"> => ({
  of: contentType === "filesystem" ? "directory-volume" : "disk-volume",
  index,
});
