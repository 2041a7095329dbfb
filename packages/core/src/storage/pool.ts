/**
 * The contract of a storage pool.
 *
 * Terms. An image is *unpacked* into a pool once (a layer for containers, a base disk for VMs) and never changes there.
 * An instance's *root* is a writable child of it, made without copying it. A root is *prepared* (mounted, its ids
 * mapped) for a run or for file access and *settled* (unmounted) after it.
 */
import type { InstanceType } from "@lodge/api";
import type { IdRange, InstanceId } from "../instances/driver.ts";
import type { Compaction, RootCopy, RootSnapshots, SnapshotId } from "./snapshots.ts";
import type { RootStates } from "./states.ts";
import type { RootStreams } from "./streams.ts";
import type { PoolVolumes } from "./volumes.ts";

/** An image's files as they lie on disk, verified. */
export interface ImageFiles {
  readonly fingerprint: string;
  readonly type: InstanceType;
  /** Container: a root file system archive (squashfs or compressed tar). VM: a qcow2 without backing file. */
  readonly rootfs: string;
}

/** How to boot a disk's own kernel without its boot loader, and when that would no longer be the same. */
export interface DirectBoot {
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
  /** The bytes of the disk that decide what it boots (the /boot partition and all before it). Once an overlay holds any of
   * them, the guest may have changed its kernel and the disk must boot by its firmware. */
  readonly region: { readonly start: number; readonly length: number };
}

export interface DirectoryRoot {
  readonly kind: "directory";
  /** A mounted root file system whose owners are the instance's ids. */
  readonly path: string;
}

export interface DiskRoot {
  readonly kind: "disk";
  readonly path: string;
  readonly format: "qcow2";
  /** How many files of its chain, from the top, hold what the instance wrote; what lies below is its image. */
  readonly overlays: number;
  readonly directBoot?: DirectBoot;
  /**
   * A directory of root's for the small things that a machine keeps beside its disk: UEFI variables, the state of a TPM. It is part of
   * the root: copied, kept, restored and removed with it. The root's ids may pass through it.
   */
  readonly state: string;
}

export type PreparedRoot = DirectoryRoot | DiskRoot;

export interface RootRequest {
  readonly id: InstanceId;
  readonly type: InstanceType;
  /** Of the image that the root is a child of; missing: an empty root, a disk of zeros or a directory without anything. */
  readonly fingerprint?: string;
  /** Bytes; missing: as large as the image, or `emptyDiskSize` without one (VM); unlimited (container). */
  readonly size?: number;
}

/** Bytes of a VM's root that has no image to take its size from, as in LXD. */
export const emptyDiskSize = 10 * 2 ** 30;

/**
 * What a snapshot or a copy of a running container's root costs; of a stopped one it may be less. `instant`: nothing; `shared`: a look at each file, while their data is shared;
 * `full`: its data, too.
 */
export type ContainerCopies = "instant" | "shared" | "full";

export interface PoolInfo {
  readonly driver: string;
  readonly containerCopies: ContainerCopies;
  /** Whether a container's root can be limited in size. */
  readonly containerSize: boolean;
  /** Why not, when it cannot. */
  readonly containerSizeReason?: string;
  /** Whether `snapshots` has `compact`. */
  readonly compaction: boolean;
  /** The form of the streams that `streams` and `volumes.streams` send and receive; missing: there is no such thing. */
  readonly streams?: string;
}

export interface PoolUsage {
  /** Bytes of the file system beneath. */
  readonly used: number;
  readonly total: number;
  readonly inodesUsed: number;
  readonly inodesTotal: number;
}

/** What a root takes. */
export interface RootUsage {
  /** That are its own alone. */
  readonly bytes: number;
  /** Of how many layers above its image it is made; missing: its pool makes it of none, or does not count them. */
  readonly layers?: number;
}

/** Progress of slow steps: 0 to 100. */
export type Progress = (percent: number) => void;

export interface PoolDriver {
  info(): Promise<PoolInfo>;
  usage(): Promise<PoolUsage>;
  /** Unpacks an image unless it is there. Checks free space first (`pool_full`); leaves nothing half-made, also when two ask at once. */
  unpackImage(image: ImageFiles, progress: Progress, signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  removeImage(fingerprint: string): Promise<void>;
  /** Makes a root. `pool_size_unsupported`, `pool_full`. */
  createRoot(request: RootRequest): Promise<void>;
  /** Copies a root, or one as it was, to another instance of the same image, or of none as well. */
  copyRoot(copy: RootCopy, request: RootRequest): Promise<void>;
  /**
   * Makes a stopped, settled instance's root anew, as `createRoot` does. The old one stays until the new one stands. It has no
   * snapshots.
   */
  replaceRoot(request: RootRequest): Promise<void>;
  /**
   * Makes a settled root hold what another one shows that is prepared, of any pool, and nothing else: of a container for ids that begin
   * at 0. What it holds already is not written again, so a root on the same image goes on sharing that. Fails or is aborted at any
   * moment: the root is then to be removed. `pool_full`.
   */
  fillRoot(request: RootRequest, from: PreparedRoot, signal: AbortSignal): Promise<void>;
  /** Makes the root usable by these ids. Idempotent. */
  prepareRoot(request: RootRequest, ids: IdRange): Promise<PreparedRoot>;
  /** Undoes `prepareRoot`. Idempotent. */
  settleRoot(id: InstanceId): Promise<void>;
  /** The same for many, of which hardly one is prepared. Nothing may be done with them meanwhile. */
  settleRoots(ids: readonly InstanceId[]): Promise<void>;
  /** Settles and removes, with its snapshots and states. Idempotent. */
  removeRoot(id: InstanceId): Promise<void>;
  /**
   * What the root takes. `maxAge`: milliseconds; what was found out that long ago will do, unless the pool has changed the root since. A
   * root that is not prepared changes by its pool alone.
   */
  rootUsage(id: InstanceId, maxAge?: number): Promise<RootUsage>;
  readonly snapshots: RootSnapshots & Partial<Compaction>;
  readonly states: RootStates;
  /** Of pools that hold custom volumes. */
  readonly volumes?: PoolVolumes;
  /** Of pools with a form of their own for containers' roots (`info().streams`). */
  readonly streams?: RootStreams;
  /** At daemon start: removes every root, snapshot and image that is not named, and half-made ones. */
  reconcile(roots: ReadonlyMap<InstanceId, readonly SnapshotId[]>, fingerprints: readonly string[]): Promise<void>;
}
