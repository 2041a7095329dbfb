import {
  LodgeError,
  type StorageVolume,
  type StorageVolumeSnapshot,
  type StorageVolumeState,
  type StorageVolumeType,
} from "@lodge/api";
import { inProject } from "../project-url.ts";
import { presentSnapshots } from "../snapshots/records.ts";
import type { ImageRecord, InstanceRecord, SnapshotRecord, Store } from "../store.ts";
import type { PoolLookup } from "./open-pools.ts";
import { snapshotVolume } from "./snapshot-volume.ts";

/** What users call a volume that belongs to an instance or an image. */
export interface OwnedVolumeName {
  readonly pool: string;
  readonly project: string;
  readonly type: OwnedVolumeType;
  readonly name: string;
}

export type OwnedVolumeType = Exclude<StorageVolumeType, "custom">;

/**
 * What instances and images have in a pool, as LXD's clients see it: volumes that nobody makes, changes or removes by themselves. Of an
 * image there is one where an instance stands on it.
 */
export class OwnedVolumes {
  readonly #store: Pick<Store, "instances" | "images" | "snapshots">;
  readonly #pools: PoolLookup;

  constructor({
    store,
    pools,
  }: {
    readonly store: Pick<Store, "instances" | "images" | "snapshots">;
    readonly pools: PoolLookup;
  }) {
    this.#store = store;
    this.#pools = pools;
  }

  /** Snapshots of instances among them. */
  async list(project: string, pool: string): Promise<StorageVolume[]> {
    const records = await this.#instances(project, pool);
    const [volumes, snapshots] = await Promise.all([
      this.#volumes(records, { project, pool }),
      this.#store.snapshots.list(),
    ]);
    const owners = new Map(records.map((record) => [record.id, instanceVolume(record)]));
    const kept = snapshots.flatMap((snapshot) => {
      const volume = snapshot.life === "present" ? owners.get(snapshot.instance) : undefined;
      if (!volume) return [];
      return [snapshotVolume(volume, instanceSnapshot(volume, snapshot), [snapshotUrl(volume, snapshot.name)])];
    });
    return [...volumes, ...kept];
  }

  /** Of these instances, and of the images that they were made of. */
  async #volumes(
    records: readonly InstanceRecord[],
    place: Pick<StorageVolume, "pool" | "project">,
  ): Promise<StorageVolume[]> {
    const bases = new Set(records.map(({ fingerprint }) => fingerprint));
    const known = new Map((await this.#store.images.list()).map((image) => [image.fingerprint, image]));
    const images = [...known.values()].filter(({ fingerprint }) => bases.has(fingerprint));
    return [...images.map((image) => imageVolume(image, place)), ...records.map((record) => instanceVolume(record))];
  }

  /** `volume_not_found` */
  async get({ pool, project, type, name }: OwnedVolumeName): Promise<StorageVolume> {
    const all = await this.#volumes(await this.#instances(project, pool), { project, pool });
    const found = all.find((volume) => volume.type === type && volume.name === name);
    if (found) return found;
    throw new LodgeError({
      code: "volume_not_found",
      message: `Pool "${pool}" has no ${type} volume "${name}" in project "${project}"; "lodge list" shows the instances there.`,
    });
  }

  async state(volume: OwnedVolumeName): Promise<StorageVolumeState> {
    await this.get(volume);
    const owner = await this.#owner(volume);
    const used = owner && (await this.#pools.get(volume.pool)?.rootUsage(owner.id));
    return { usage: { used: used?.bytes ?? 0, total: 0 } };
  }

  /** Those of the instance, the oldest first. */
  async snapshots(volume: OwnedVolumeName): Promise<StorageVolumeSnapshot[]> {
    const shown = await this.get(volume);
    const owner = await this.#owner(volume);
    const kept = owner ? await presentSnapshots(this.#store, owner) : [];
    return kept.map((snapshot) => instanceSnapshot(shown, snapshot));
  }

  /** `snapshot_not_found` */
  async snapshot(volume: OwnedVolumeName, name: string): Promise<StorageVolumeSnapshot> {
    const found = (await this.snapshots(volume)).find((snapshot) => snapshot.name === `${volume.name}/${name}`);
    if (found) return found;
    throw new LodgeError({
      code: "snapshot_not_found",
      message: `Volume "${volume.name}" has no snapshot "${name}"; "lodge snapshot list ${volume.name}" shows those that it has.`,
    });
  }

  async #owner({ pool, project, type, name }: OwnedVolumeName): Promise<InstanceRecord | undefined> {
    return (await this.#instances(project, pool)).find((record) => record.type === type && record.name === name);
  }

  async #instances(project: string, pool: string): Promise<InstanceRecord[]> {
    const records = await this.#store.instances.list();
    return records.filter((r) => r.pool === pool && r.project === project && r.life === "present");
  }
}

function instanceVolume({ name, type, pool, project, description, createdAt }: InstanceRecord): StorageVolume {
  return {
    ...{ name, type, pool, project, description },
    content_type: type === "container" ? "filesystem" : "block",
    config: {},
    used_by: [inProject(`/1.0/instances/${encodeURIComponent(name)}`, project)],
    location: "none",
    created_at: createdAt.toISOString(),
  };
}

function instanceSnapshot(
  volume: StorageVolume,
  { name, description, createdAt, expiresAt }: SnapshotRecord,
): StorageVolumeSnapshot {
  return {
    ...{ name: `${volume.name}/${name}`, description, content_type: volume.content_type, config: {} },
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}

const snapshotUrl = ({ name, project }: StorageVolume, snapshot: string): string =>
  inProject(`/1.0/instances/${encodeURIComponent(name)}/snapshots/${encodeURIComponent(snapshot)}`, project);

function imageVolume(
  { fingerprint, type, uploadedAt }: ImageRecord,
  place: Pick<StorageVolume, "pool" | "project">,
): StorageVolume {
  return {
    ...place,
    ...{ name: fingerprint, type: "image", description: "" },
    content_type: type === "container" ? "filesystem" : "block",
    config: {},
    used_by: [inProject(`/1.0/images/${fingerprint}`, place.project)],
    location: "none",
    created_at: uploadedAt.toISOString(),
  };
}
