/** What may be asked of pools and custom volumes. */

import type { Readable } from "node:stream";
import type {
  Pool,
  PoolCreate,
  PoolPut,
  PoolResources,
  StorageVolume,
  StorageVolumeCreate,
  StorageVolumePut,
  StorageVolumeSnapshot,
  StorageVolumeState,
  VolumeSnapshotCreate,
  VolumeSnapshotPut,
} from "@lodge/api";
import type { GuestFiles } from "../instances/driver.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { VolumeName } from "../volumes/find.ts";
import type { Staging } from "./images.ts";

export interface PoolService {
  /** Drivers by which pools can be made, sorted. */
  readonly drivers: readonly string[];
  list(): Promise<Pool[]>;
  get(name: string): Promise<Pool>;
  /** `pool_unavailable`. */
  resources(name: string): Promise<PoolResources>;
  create(request: PoolCreate): Promise<void>;
  /** `change`: see `NetworkService.update`. */
  update(name: string, change: (pool: Pool) => PoolPut): Promise<void>;
  /** `force`: of one that is not available, with all that lay in it. */
  delete(name: string, force?: boolean): Promise<void>;
}

/** An ISO that has been received, to become a volume. */
export interface VolumeImport {
  readonly name: string;
  readonly staging: Staging;
  /** Path inside the staging directory. */
  readonly file: string;
}

/** Where a volume is to be, and how it is called there. The project: missing, that in which it is. */
export type VolumePlace = Pick<VolumeName, "pool" | "name"> & Partial<Pick<VolumeName, "project">>;

export interface VolumeService {
  /** Their snapshots among them, named `VOLUME/SNAPSHOT`. */
  list(project: string, pool: string): Promise<StorageVolume[]>;
  get(volume: VolumeName): Promise<StorageVolume>;
  state(volume: VolumeName): Promise<StorageVolumeState>;
  /** What is copied is an operation; what is empty is there when it returns. */
  create(project: string, pool: string, request: StorageVolumeCreate): Promise<RunningOperation | undefined>;
  /** Takes over the staging, also when it fails. */
  import(project: string, pool: string, request: VolumeImport): Promise<RunningOperation>;
  /** Makes a volume of a backup while that comes, under another name than it says if one is given. `backup_invalid`. */
  importBackup(project: string, pool: string, stream: Readable, name: string | undefined): Promise<RunningOperation>;
  /** `change`: see `NetworkService.update`. A size takes effect at once, also for those that run with the volume. */
  update(volume: VolumeName, change: (volume: StorageVolume) => StorageVolumePut): Promise<void>;
  /**
   * What a volume of files holds, with owners as instances see them, also while they run with it; ended by what takes it away or replaces it.
   * `not_supported` of disks.
   */
  files(volume: VolumeName): Promise<GuestFiles>;
  rename(volume: VolumeName, to: string): Promise<void>;
  /** To another pool or project, with its snapshots. Nobody may have it: `volume_in_use`. */
  move(volume: VolumeName, to: VolumePlace): Promise<RunningOperation>;
  delete(volume: VolumeName): Promise<void>;
}

export interface VolumeSnapshotService {
  /** The oldest first. */
  list(volume: VolumeName): Promise<StorageVolumeSnapshot[]>;
  get(volume: VolumeName, name: string): Promise<StorageVolumeSnapshot>;
  /** The name that is chosen for a nameless one is in the operation's resources. */
  create(volume: VolumeName, request: VolumeSnapshotCreate): Promise<RunningOperation>;
  /** Nobody may run with the volume: `volume_in_use`. */
  restore(volume: VolumeName, name: string): Promise<void>;
  update(volume: VolumeName, name: string, change: VolumeSnapshotPut): Promise<void>;
  rename(volume: VolumeName, name: string, newName: string): Promise<RunningOperation>;
  delete(volume: VolumeName, name: string): Promise<RunningOperation>;
}
