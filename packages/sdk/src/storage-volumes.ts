import type { Duplex, Readable } from "node:stream";
import type {
  StorageVolume,
  StorageVolumeCreate,
  StorageVolumePut,
  StorageVolumeSnapshot,
  StorageVolumeState,
  VolumeBackup,
  VolumeSnapshotCreate,
} from "@lodge/api";
import { Backups } from "./backups.ts";
import type { ImageUpload } from "./images.ts";
import { InstanceFiles } from "./instance-files.ts";
import type { MigrationPeer, MigrationSource } from "./migration.ts";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

/** Where what is copied is, and what of it is wanted. */
export type VolumeCopySource = Pick<
  NonNullable<StorageVolumeCreate["source"]>,
  "pool" | "project" | "volume_only" | "refresh"
>;

/** `/1.0/storage-pools/POOL/volumes/custom`. */
export class StorageVolumes {
  readonly #rest: Rest;
  readonly #path: string;

  constructor(rest: Rest, pool: string) {
    this.#rest = rest;
    this.#path = `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom`;
  }

  list(): Promise<StorageVolume[]> {
    // Older daemons, whose lists have no snapshots, do not know the field: nothing of theirs equals it.
    return this.#rest.get(this.#path, { recursion: 1, filter: "snapshot ne true" });
  }

  /** What instances and images have as well, and all snapshots, which are named `VOLUME/SNAPSHOT`. */
  listAll(): Promise<StorageVolume[]> {
    return this.#rest.get(this.#path.replace(/\/custom$/, ""), { recursion: 1 });
  }

  get(name: string): Promise<StorageVolume> {
    return this.#rest.get(this.#url(name));
  }

  /** With the ETag that `update` sends back. */
  getTagged(name: string): Promise<{ value: StorageVolume; etag: string }> {
    return this.#rest.getTagged(this.#url(name));
  }

  state(name: string): Promise<StorageVolumeState> {
    return this.#rest.get(`${this.#url(name)}/state`);
  }

  /** An empty one. */
  async create(volume: Omit<StorageVolumeCreate, "source">): Promise<void> {
    await this.#rest.call("POST", this.#path, { body: volume });
  }

  /** `source`: `VOLUME` or `VOLUME/SNAPSHOT`, of this pool and project unless others are named. */
  copy(
    source: string,
    volume: Omit<StorageVolumeCreate, "source">,
    from: VolumeCopySource = {},
  ): Promise<RunningOperation> {
    const body = { ...volume, source: { type: "copy", name: source, ...from } };
    return this.#rest.start("POST", this.#path, { body });
  }

  /** Of one volume. */
  backups(name: string): Backups<VolumeBackup> {
    return new Backups(this.#rest, this.#url(name));
  }

  /** Makes a volume of a backup, under another name than it says if one is given. */
  import(content: Readable, { name }: { readonly name?: string } = {}): Promise<RunningOperation> {
    const headers = { "content-type": "application/octet-stream", ...(name && { "x-lxd-name": name }) };
    return this.#rest.start("POST", this.#path, { stream: content, headers });
  }

  importIso(name: string, { content }: Pick<ImageUpload, "content">): Promise<RunningOperation> {
    const headers = { "content-type": "application/octet-stream", "x-lxd-name": name, "x-lxd-type": "iso" };
    return this.#rest.start("POST", this.#path, { stream: content, headers });
  }

  /** What is left out is emptied. With an ETag: `etag_mismatch` when another has changed it since. */
  async update(name: string, change: StorageVolumePut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", this.#url(name), { body: change, ...(etag && { headers: { "if-match": etag } }) });
  }

  /** Of a volume of files. */
  files(name: string): InstanceFiles {
    return new InstanceFiles(this.#rest, this.#url(name));
  }

  /** A connection on which an SFTP server (version 3) speaks for a volume's files; as `Instances.sftp`. */
  sftp(name: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#rest.upgrade(`${this.#url(name)}/sftp`, "sftp", signal);
  }

  /** Brings a volume back to a snapshot. */
  async restore(name: string, snapshot: string): Promise<void> {
    await this.update(name, { restore: snapshot });
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#rest.call("POST", this.#url(name), { body: { name: to } });
  }

  /** Sends it to another daemon, see `migrate`. Without a target, the operation waits to be connected to. */
  send(name: string, { target, ...options }: { volume_only: boolean; target?: MigrationPeer | undefined }) {
    const body = { name, migration: true, ...options, ...(target && { target }) };
    return this.#rest.start("POST", this.#url(name), { body });
  }

  /** Makes one of what another daemon sends. What is left out is as there. */
  receive(
    volume: Omit<StorageVolumeCreate, "source">,
    source: MigrationSource & Pick<VolumeCopySource, "volume_only" | "refresh">,
  ): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#path, { body: { ...volume, source } });
  }

  /** To another pool or project, with its snapshots. */
  move(
    name: string,
    to: { readonly pool: string; readonly name: string; readonly project?: string },
  ): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(name), { body: to });
  }

  async delete(name: string): Promise<void> {
    await this.#rest.call("DELETE", this.#url(name));
  }

  /** The oldest first. */
  snapshots(name: string): Promise<StorageVolumeSnapshot[]> {
    return this.#rest.get(`${this.#url(name)}/snapshots`, { recursion: 1 });
  }

  /** The name that the daemon chose is in the operation, see `volumeSnapshotName`. */
  createSnapshot(name: string, request: VolumeSnapshotCreate = {}): Promise<RunningOperation> {
    return this.#rest.start("POST", `${this.#url(name)}/snapshots`, { body: request });
  }

  renameSnapshot(name: string, snapshot: string, to: string): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(name, snapshot), { body: { name: to } });
  }

  deleteSnapshot(name: string, snapshot: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", this.#url(name, snapshot));
  }

  #url(name: string, snapshot?: string): string {
    const path = `${this.#path}/${encodeURIComponent(name)}`;
    return snapshot === undefined ? path : `${path}/snapshots/${encodeURIComponent(snapshot)}`;
  }
}

/** The name of the snapshot that an operation makes. */
export const volumeSnapshotName = (operation: RunningOperation): string =>
  madeName(operation, "storage_volume_snapshots");

/** The name of the volume that an operation makes. */
export const volumeName = (operation: RunningOperation): string => madeName(operation, "storage_volumes");

function madeName({ started }: RunningOperation, noun: string): string {
  const [made = ""] = started.resources[noun] ?? [];
  return decodeURIComponent(made.slice(made.lastIndexOf("/") + 1).replace(/\?.*$/, ""));
}
