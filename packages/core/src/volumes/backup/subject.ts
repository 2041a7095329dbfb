import { type BackupCreate, type VolumeBackup, zeroTime } from "@lodge/api";
import { asStreams } from "../../backups/streams.ts";
import type { BackupSubject, Opened } from "../../backups/subject.ts";
import { shortId } from "../../instances/identity.ts";
import { volumeUrl } from "../../storage/volume-url.ts";
import type { VolumeId } from "../../storage/volumes.ts";
import type { VolumeBackupRecord, VolumeRecord } from "../../store.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { findVolume, type VolumeName, volumesOf } from "../find.ts";
import { holdVolume, putByVolume, type StillVolume, volumeSources, volumeStreams } from "./still.ts";

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
    async begin(owner, request, kept) {
      const id = shortId(deps.newUuid()) as string as VolumeId;
      const { id: volume, pool } = owner;
      const optimized = await isOptimized(deps, owner, request);
      return { ...kept, id, volume, pool, optimized, volumeOnly: request.volume_only === true };
    },
    async keep(owner, row) {
      const { pool, snapshots, index } = await putByVolume(deps, owner, row.id, row.volumeOnly);
      return { ...row, pool, snapshots, index };
    },
    drop: ({ id, pool }) => volumesOf(deps, pool).remove(id),
    open({ contentType }, row) {
      return { ...opened(deps, { ...row, contentType }, row.optimized), end: () => undefined };
    },
    async take(owner, request) {
      const optimized = await isOptimized(deps, owner, request);
      const held = await holdVolume(deps, owner, request.volume_only === true);
      return { ...opened(deps, held, optimized, held.check), end: held.release };
    },
  };
}

/** As in LXD, a form that there is not is not missed. */
async function isOptimized(
  deps: VolumeDependencies,
  { id, pool, contentType }: VolumeRecord,
  { optimized_storage }: BackupCreate,
): Promise<boolean> {
  if (optimized_storage !== true || contentType !== "filesystem") return false;
  return (await volumesOf(deps, pool).streams?.has(id)) ?? false;
}

function opened(
  deps: VolumeDependencies,
  still: StillVolume,
  optimized: boolean,
  check?: () => Promise<void>,
): Omit<Opened, "end"> {
  const { contentType, index } = still;
  if (optimized) return { of: "volume-streams", index: asStreams(index), sources: volumeStreams(deps, still, check) };
  const of = contentType === "filesystem" ? "directory-volume" : "disk-volume";
  return { of, index, sources: volumeSources(deps, still, check) };
}
