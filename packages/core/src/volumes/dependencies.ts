import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { KeyedLock } from "../instances/lock.ts";
import type { Runs } from "../instances/runs.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type { VolumeFiles } from "./files.ts";

/** What the rules about volumes need of the world. */
export interface VolumeDependencies
  extends Pick<
    InstanceDependencies,
    | "store"
    | "operations"
    | "events"
    | "log"
    | "drivers"
    | "pools"
    | "archives"
    | "lock"
    | "choosing"
    | "keepUnknown"
    | "now"
    | "newUuid"
  > {
  readonly runs: Pick<Runs, "isRunning">;
  /** Taken before the locks of instances, never while one is held. */
  readonly volumeLock: KeyedLock<VolumeId>;
  readonly volumeFiles: Pick<VolumeFiles, "open" | "isOpen" | "end">;
}
