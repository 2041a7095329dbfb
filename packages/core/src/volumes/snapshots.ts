import {
  type Config,
  type StorageVolumeSnapshot,
  timeAfter,
  type VolumeSnapshotCreate,
  type VolumeSnapshotPut,
} from "@lodge/api";
import { shortId } from "../instances/identity.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { requireUnblocked } from "../projects/allowed.ts";
import type { VolumeSnapshotService } from "../services.ts";
import { checkSnapshotName, nextSnapshotName } from "../snapshots/names.ts";
import { parseExpiry } from "../snapshots/render.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, findVolumeSnapshot, snapshotsOf, type VolumeName, volumesOf } from "./find.ts";
import { renderVolumeSnapshot, volumeResources, volumeSnapshotUrl } from "./render.ts";
import { restoreVolume } from "./restore.ts";
import { whileStill } from "./stillness.ts";
import { withUsers } from "./users.ts";

/** What users do to snapshots of volumes. */
export class VolumeSnapshots implements VolumeSnapshotService {
  readonly #deps: VolumeDependencies;

  constructor(deps: VolumeDependencies) {
    this.#deps = deps;
  }

  async list(volume: VolumeName): Promise<StorageVolumeSnapshot[]> {
    const { store } = this.#deps;
    const owner = await findVolume(store, volume);
    return (await snapshotsOf(store, owner)).map((snapshot) => renderVolumeSnapshot(owner, snapshot));
  }

  async get(volume: VolumeName, name: string): Promise<StorageVolumeSnapshot> {
    const { owner, snapshot } = await this.#find(volume, name);
    return renderVolumeSnapshot(owner, snapshot);
  }

  /** Keeps a volume as it is. Instances that run with it stand still as they do for a snapshot of their own. */
  async create(volume: VolumeName, request: VolumeSnapshotCreate): Promise<RunningOperation> {
    const { store, volumeLock, events } = this.#deps;
    const owner = await findVolume(store, volume);
    await requireUnblocked(store, owner.project, "restricted.snapshots");
    const snapshot = await this.#claim(owner, request);
    return this.#begin("Creating snapshot", owner, snapshot.name, (context) => {
      const place = { volume: owner.id, snapshot: snapshot.id };
      const volumes = volumesOf(this.#deps, owner.pool);
      context.undo("record", () => store.volumeSnapshots.remove(snapshot.id));
      context.undo("snapshot", () => volumes.forget(place));
      return volumeLock.run(owner.id, async () => {
        const current = await findVolume(store, volume);
        await withUsers(this.#deps, current, (users) => whileStill(this.#deps, users, () => volumes.keep(place)));
        const { config } = current;
        await store.volumeSnapshots.put({ ...snapshot, config, createdAt: this.#deps.now(), life: "present" });
        events.lifecycle("storage-volume-snapshot-created", volumeSnapshotUrl(owner, snapshot.name), {}, owner.project);
      });
    });
  }

  async restore(volume: VolumeName, name: string): Promise<void> {
    const { owner, snapshot } = await this.#find(volume, name);
    await this.#deps.volumeLock.run(owner.id, () => restoreVolume(this.#deps, owner, snapshot));
  }

  async update(volume: VolumeName, name: string, change: VolumeSnapshotPut): Promise<void> {
    await this.#change("updated", volume, name, async (current) => {
      const { expiresAt: before, ...rest } = current;
      const expiresAt = change.expires_at === undefined ? before : parseExpiry(change.expires_at);
      const description = change.description ?? current.description;
      await this.#deps.store.volumeSnapshots.put({ ...rest, description, ...(expiresAt && { expiresAt }) });
    });
  }

  async rename(volume: VolumeName, name: string, newName: string): Promise<RunningOperation> {
    const { store, choosing } = this.#deps;
    const { owner } = await this.#find(volume, name);
    checkSnapshotName(ownerOf(owner), newName, await this.#named(owner));
    return this.#begin("Renaming snapshot", owner, newName, () =>
      this.#change("renamed", volume, name, (current) =>
        choosing.run(async () => {
          checkSnapshotName(ownerOf(owner), newName, await this.#named(owner));
          await store.volumeSnapshots.put({ ...current, name: newName });
        }),
      ),
    );
  }

  async delete(volume: VolumeName, name: string): Promise<RunningOperation> {
    const { store } = this.#deps;
    const { owner } = await this.#find(volume, name);
    return this.#begin("Deleting snapshot", owner, name, () =>
      this.#change("deleted", volume, name, async (current) => {
        // Marked first: an interrupted removal is finished by the next daemon.
        await store.volumeSnapshots.put({ ...current, life: "deleting" });
        await volumesOf(this.#deps, owner.pool).forget({ volume: owner.id, snapshot: current.id });
        await store.volumeSnapshots.remove(current.id);
      }),
    );
  }

  /** Under the volume's lock, with the snapshot as it is then. */
  async #change(
    what: string,
    volume: VolumeName,
    name: string,
    work: (current: VolumeSnapshotRecord) => Promise<void>,
  ): Promise<void> {
    const { store, volumeLock, events } = this.#deps;
    const owner = await findVolume(store, volume);
    await volumeLock.run(owner.id, async () => work(await findVolumeSnapshot(store, owner, name)));
    events.lifecycle(`storage-volume-snapshot-${what}`, volumeSnapshotUrl(owner, name), {}, owner.project);
  }

  #begin(
    description: string,
    owner: VolumeRecord,
    snapshot: string,
    work: (context: Parameters<Parameters<VolumeDependencies["operations"]["begin"]>[1]>[0]) => Promise<void>,
  ): Promise<RunningOperation> {
    const resources = volumeResources(owner, snapshot);
    const about = { description, resources, project: owner.project, cancellable: false };
    return this.#deps.operations.begin(about, async (context) => {
      await work(context);
      return undefined;
    });
  }

  /** Takes a name by a record that says `creating`. */
  #claim(owner: VolumeRecord, request: VolumeSnapshotCreate): Promise<VolumeSnapshotRecord> {
    const { store, choosing, now, newUuid } = this.#deps;
    return choosing.run(async () => {
      const others = await this.#named(owner);
      const taken = others.map(({ name }) => name);
      const name = request.name || nextSnapshotName(owner.config, taken, now());
      checkSnapshotName(ownerOf(owner), name, others);
      const expiresAt = expiryOf(request, owner.config, now());
      const snapshot: VolumeSnapshotRecord = {
        ...{ id: shortId(newUuid()) as string as SnapshotId, volume: owner.id, name, config: owner.config },
        description: request.description ?? "",
        life: "creating",
        createdAt: now(),
        ...(expiresAt && { expiresAt }),
      };
      await store.volumeSnapshots.put(snapshot);
      return snapshot;
    });
  }

  /** Also those that are being made or removed: their names are taken. */
  async #named({ id }: VolumeRecord): Promise<VolumeSnapshotRecord[]> {
    return (await this.#deps.store.volumeSnapshots.list()).filter(({ volume }) => volume === id);
  }

  async #find(volume: VolumeName, name: string) {
    const owner = await findVolume(this.#deps.store, volume);
    return { owner, snapshot: await findVolumeSnapshot(this.#deps.store, owner, name) };
  }
}

/** In the words of messages. */
const ownerOf = ({ pool, name }: VolumeRecord) => ({
  words: `Volume "${name}"`,
  deletion: `lodge storage volume delete ${pool} ${name}/SNAPSHOT`,
});

function expiryOf({ expires_at }: VolumeSnapshotCreate, config: Config, now: Date): Date | undefined {
  const { "snapshots.expiry": span } = config;
  if (expires_at === undefined || expires_at === null) return span ? timeAfter(now, span) : undefined;
  return parseExpiry(expires_at);
}
