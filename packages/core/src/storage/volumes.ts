/**
 * Custom volumes, in the contract of a storage pool.
 *
 * Terms. A *volume* holds files or a disk of the user's and belongs to no instance; any number may have it. Its *content* is a
 * directory, the bytes of a disk, or an ISO. A *snapshot* is what it held at one moment; it never changes, and goes with its volume.
 */
import type { VolumeContentType } from "@lodge/api";
import type { SnapshotId } from "./snapshots.ts";
import type { VolumeStreams } from "./streams.ts";

/** Eight hexadecimal digits, unique in a LODGE_DIR. */
export type VolumeId = string & { readonly brand: "VolumeId" };

export interface VolumeRequest {
  readonly id: VolumeId;
  readonly content: VolumeContentType;
  /**
   * Bytes. A directory: at most so much, without it no limit. A disk, and an ISO that is still to be written: its size, needed unless it is
   * made of something.
   */
  readonly size?: number;
}

export interface VolumeSnapshotOf {
  readonly volume: VolumeId;
  readonly snapshot: SnapshotId;
}

/** What a new volume, or a snapshot, is made of. */
export type VolumeOrigin =
  /** What lies there, of the same content: a file of the daemon's own, or what `path` tells in another pool. It stays as it is. */
  | { readonly kind: "path"; readonly path: string }
  /** A volume of the same pool and content, as it is or as it was. */
  | { readonly kind: "volume"; readonly volume: VolumeId; readonly snapshot?: SnapshotId };

/** Somebody waits for what is copied. */
export interface CopyWork {
  /** Aborted, what is made of it fails, and nothing of it is left. */
  readonly signal?: AbortSignal;
  /** About every second, where there is something to copy: bytes until now. */
  progress?(bytes: number): void;
}

/**
 * Of pools that hold custom volumes. What is there is whole: a failure, or a daemon that dies, leaves what was before and nothing that
 * `reconcile` does not remove.
 */
export interface PoolVolumes {
  /** `pool_full`, `pool_size_unsupported`; `config_value_invalid` when the origin does not fit into the size. */
  create(request: VolumeRequest, origin?: VolumeOrigin, work?: CopyWork): Promise<void>;
  /**
   * The absolute path of its content, to be read and written by root and handed on by descriptors and mounts: a directory in which
   * owners are the numbers that instances see, or a raw disk. Stays what it is until `restore`. Of a snapshot: to be read only.
   */
  path(id: VolumeId, snapshot?: SnapshotId): Promise<string>;
  /**
   * Gives it another size, also while it is used. A disk, and an ISO, grows only (`config_value_invalid`); who has it open is told by the caller.
   * A directory without a size is limited no more. `pool_size_unsupported`.
   */
  resize(request: VolumeRequest): Promise<void>;
  /** Bytes that it takes, its snapshots aside. */
  usage(id: VolumeId): Promise<number>;
  /** With its snapshots. Nobody uses it. Idempotent. */
  remove(id: VolumeId): Promise<void>;
  /**
   * Keeps what it holds now, or something else of the same content. Nobody writes to it meanwhile, or it is as after a power failure.
   * Of a snapshot of the same pool, it takes no room. `pool_full`.
   */
  keep(snapshot: VolumeSnapshotOf, from?: VolumeOrigin, work?: CopyWork): Promise<void>;
  /** Makes it what it was; a disk is at least as large as asked for. Nobody uses it. `pool_full`. */
  restore(request: VolumeRequest, snapshot: SnapshotId): Promise<void>;
  /** Removes a snapshot. Idempotent. */
  forget(snapshot: VolumeSnapshotOf): Promise<void>;
  /** Of pools with a form of their own for volumes of files (`info().streams`). */
  readonly streams?: VolumeStreams;
  /** At daemon start: removes every volume and snapshot that is not named, and half-made ones. */
  reconcile(volumes: ReadonlyMap<VolumeId, readonly SnapshotId[]>): Promise<void>;
}
