/**
 * Snapshots in the contract of a storage pool.
 *
 * Terms. A *snapshot* is what a root held at one moment; it never changes. What is restored or copied from it is a root
 * like any other and outlives it. A *live root* is that of an instance that runs: the pool changes what lies on disk, and
 * asks the run to hold still or to follow.
 */
import type { IdRange, InstanceId } from "../instances/driver.ts";
import type { PreparedRoot, Progress, RootRequest } from "./pool.ts";

/** Eight hexadecimal digits, unique in a LODGE_DIR. */
export type SnapshotId = string & { readonly brand: "SnapshotId" };

/** One of a root's snapshots. */
export interface SnapshotOf {
  readonly root: InstanceId;
  readonly snapshot: SnapshotId;
}

export interface ShownSnapshot extends AsyncDisposable {
  readonly root: PreparedRoot;
}

export interface RootSnapshots {
  /** Keeps what the root holds now; `live` when its instance runs. `pool_full`; a failure leaves the root as it was. */
  create(snapshot: SnapshotOf, live?: LiveRoot): Promise<void>;
  /**
   * Gives a stopped, settled instance the root that it had, at least as large as asked for. The root that was stays until the
   * other stands whole. `pool_full`, `config_value_invalid` when it does not fit into the size.
   */
  restore(request: RootRequest, snapshot: SnapshotId): Promise<void>;
  /** Idempotent. */
  remove(snapshot: SnapshotOf): Promise<void>;
  /**
   * Shows a snapshot as it lies there, to be read by these ids until it is disposed of. Of pools in which a copy would take the space
   * of what is copied, and for roots of which that holds: undefined for others. What a daemon that dies leaves of it, `reconcile` removes.
   */
  show?(snapshot: SnapshotOf, ids: IdRange): Promise<ShownSnapshot | undefined>;
  /** Bytes that each of a root's snapshots takes. */
  usage(root: InstanceId): Promise<ReadonlyMap<SnapshotId, number>>;
}

/**
 * How many layers a root is made of above its image: files of a VM's disk, directories of a container, the one that is written to among them; and
 * how many there may be before they are made fewer.
 */
export interface ChainLength {
  /** 0: it has no layers. */
  readonly layers: number;
  readonly most: number;
  /** Whether `compact` has something to do, and can do it now. */
  readonly due: boolean;
}

/** Of pools in which a removed snapshot may leave something behind that roots still stand on (`info().compaction`). */
export interface Compaction {
  chain(root: InstanceId): Promise<ChainLength>;
  /**
   * Gives back what removed snapshots left under a root, where nothing else stands on it, and makes its chain short where that is too long.
   * May take long, may be aborted or fail at any moment: the root is right all the same, and the next call goes on. False: it made way for
   * something else that is to be done with the root, and is not through. What cannot be done while an instance runs is left, and `due` once
   * it has ended. `live` tells the instance's run, if any, at the moment.
   */
  compact(
    root: InstanceId,
    live: () => LiveRoot | undefined,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<boolean>;
}

/** What a pool may ask of an instance that runs. */
export interface LiveRoot {
  /** Runs `work` while the instance writes as little to its root as can be had: frozen, or its file systems quiesced. */
  still<T>(work: () => Promise<T>): Promise<T>;
  /** Of a VM: the disk that QEMU holds open. */
  readonly disk?: LiveDisk;
}

/** A disk in use: a chain of qcow2 files, the topmost of which is written to. Paths are absolute. */
export interface LiveDisk {
  /** The file that is written to. */
  top(): Promise<string>;
  /** From now on writes into `overlay`, an empty file whose backing file is `from`, the top until now. */
  switchTo(overlay: string, from: string): Promise<void>;
  /** Moves into a file of the chain what lies below it down to `base`, which then is its backing file. */
  pull(request: PullRequest, progress: Progress, signal: AbortSignal): Promise<void>;
}

export interface PullRequest {
  readonly into: string;
  /** Missing: `into` stands alone afterwards. */
  readonly base?: string;
  /** How `into` names its backing file afterwards; empty when it stands alone. */
  readonly backing: string;
}

/** What becomes a copy of a root. */
export interface RootCopy {
  readonly from: InstanceId;
  /** As it was; missing: as it is now. */
  readonly snapshot?: SnapshotId;
  /** Snapshots that come along, and what they are called at the copy. */
  readonly snapshots?: ReadonlyMap<SnapshotId, SnapshotId>;
  /** When `from` runs and is copied as it is now. */
  readonly live?: LiveRoot;
}
