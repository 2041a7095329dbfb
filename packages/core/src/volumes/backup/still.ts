/** What a backup of a volume is made of: something that nobody writes to. */
import { LodgeError } from "@lodge/api";
import type { BackupContent, BackupSource } from "../../backups/archives.ts";
import { sendStates } from "../../backups/streams.ts";
import { shortId } from "../../instances/identity.ts";
import type { SnapshotId } from "../../storage/snapshots.ts";
import type { VolumeState } from "../../storage/streams.ts";
import type { VolumeId } from "../../storage/volumes.ts";
import type { KeptBackup, VolumeRecord, VolumeSnapshotRecord } from "../../store.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { requireRestored, snapshotsOf, volumesOf } from "../find.ts";
import { whileStill } from "../stillness.ts";
import { usersOf, withUsers } from "../users.ts";
import { volumeIndexContent } from "./index-content.ts";

/** A volume, or what was put by of one. */
export interface StillVolume {
  readonly contentType: VolumeRecord["contentType"];
  readonly pool: string;
  /** Whose snapshots these are, the oldest first. */
  readonly id: VolumeId;
  readonly snapshots: KeptBackup["snapshots"];
  /** What is the volume itself; missing: that, too. */
  readonly copy?: VolumeId;
  readonly index: KeptBackup["index"];
}

/** The volume as it is at this moment, until it is released: whatever wants to change it waits. */
export interface HeldVolume extends StillVolume {
  /** Refuses what was read if somebody may have written to it meanwhile. */
  readonly check: () => Promise<void>;
  readonly release: () => void;
}

/**
 * Where nobody runs with it, nor has files of it open, it is read where it lies, and those that have it do not start meanwhile. Those that run go
 * on, and what is read of it is a copy.
 */
export function holdVolume(
  deps: VolumeDependencies,
  { id, name }: VolumeRecord,
  volumeOnly: boolean,
): Promise<HeldVolume> {
  const held = Promise.withResolvers<HeldVolume>();
  const released = Promise.withResolvers<void>();
  const release = released.resolve;
  deps.volumeLock
    .run(id, async () => {
      const { volume, snapshots, index } = await describe(deps, { id, name }, volumeOnly);
      const still = { contentType: volume.contentType, pool: volume.pool, id, snapshots, index };
      const copy = await withUsers(deps, volume, async (users) => {
        if (deps.volumeFiles.isOpen(id) || users.some(({ record }) => deps.runs.isRunning(record.id))) {
          const made = shortId(deps.newUuid()) as string as VolumeId;
          await whileStill(deps, users, () => copyTo(deps, volume, made));
          return made;
        }
        const known = new Set(users.map(({ record }) => record.id));
        const check = async () => {
          const { instances } = await usersOf(deps.store, volume);
          const other = instances.find(({ record }) => !known.has(record.id) && deps.runs.isRunning(record.id));
          if (other) throw begunToUse(volume, other.record.name);
        };
        held.resolve({ ...still, check, release });
        await released.promise;
        return undefined;
      });
      if (copy === undefined) return;
      held.resolve({ ...still, copy, check: async () => undefined, release });
      await released.promise;
      const remove = volumesOf(deps, volume.pool).remove(copy);
      await remove.catch((err: unknown) => deps.log.error({ volume: name, err }, "a copy was not removed"));
    })
    .catch(held.reject);
  return held.promise;
}

/** Makes a copy of the volume as it is at this moment, with its snapshots. The caller removes it, also when this fails. */
export function putByVolume(
  deps: VolumeDependencies,
  { id, name }: VolumeRecord,
  copy: VolumeId,
  volumeOnly: boolean,
): Promise<StillVolume> {
  return deps.volumeLock.run(id, async () => {
    const { volume, snapshots, index } = await describe(deps, { id, name }, volumeOnly);
    const { contentType, pool } = volume;
    const volumes = volumesOf(deps, pool);
    await withUsers(deps, volume, (users) => whileStill(deps, users, () => copyTo(deps, volume, copy)));
    const kept: { id: SnapshotId; name: string }[] = [];
    for (const snapshot of snapshots) {
      const own = shortId(deps.newUuid()) as string as SnapshotId;
      await volumes.keep({ volume: copy, snapshot: own }, { kind: "volume", volume: id, snapshot: snapshot.id });
      kept.push({ id: own, name: snapshot.name });
    }
    return { contentType, pool, id: copy, snapshots: kept, index };
  });
}

/** The states, one after the other. */
export async function* volumeSources(
  deps: VolumeDependencies,
  { contentType, pool, id, snapshots, copy = id }: StillVolume,
  check: () => Promise<void> = async () => undefined,
): AsyncGenerator<BackupSource, void> {
  const volumes = volumesOf(deps, pool);
  for (const snapshot of snapshots)
    yield { snapshot: snapshot.name, content: volumeContent(contentType, await volumes.path(id, snapshot.id)) };
  yield { content: volumeContent(contentType, await volumes.path(copy)) };
  await check();
}

/** The same as streams, each but the first in what it differs from the one before. */
export async function* volumeStreams(
  deps: VolumeDependencies,
  { pool, id, snapshots, copy = id }: StillVolume,
  check: () => Promise<void> = async () => undefined,
): AsyncGenerator<BackupSource, void> {
  const kept = snapshots.map(({ id: snapshot, name }) => ({ name, state: { volume: id, snapshot } }));
  yield* sendStates<VolumeState>(volumesOf(deps, pool).streams, pool, kept, { volume: copy });
  await check();
}

export function volumeContent(contentType: VolumeRecord["contentType"], path: string): BackupContent {
  return contentType === "filesystem" ? { kind: "directory", path } : { kind: "raw", path };
}

/** The caller holds the volume's lock. */
async function describe(
  deps: VolumeDependencies,
  { id, name }: Pick<VolumeRecord, "id" | "name">,
  volumeOnly: boolean,
) {
  const { store } = deps;
  const volume = await store.volumes.get(id);
  const pool = volume && (await store.pools.get(volume.pool));
  if (volume?.life !== "present" || !pool) {
    throw new LodgeError({ code: "volume_not_found", message: `Volume "${name}" does not exist any more.` });
  }
  requireRestored(volume);
  const snapshots: VolumeSnapshotRecord[] = volumeOnly ? [] : await snapshotsOf(store, volume);
  return { volume, snapshots, index: volumeIndexContent({ volume, snapshots, pool }) };
}

function copyTo(deps: VolumeDependencies, { id, pool, contentType }: VolumeRecord, copy: VolumeId): Promise<void> {
  return volumesOf(deps, pool).create({ id: copy, content: contentType }, { kind: "volume", volume: id });
}

function begunToUse({ name }: VolumeRecord, instance: string): LodgeError {
  return new LodgeError({
    code: "volume_in_use",
    message: `Instance "${instance}" got volume "${name}" while that was exported, and runs with it: export it again.`,
  });
}
