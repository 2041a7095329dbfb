/** What may be asked of moves between servers. */

import type { InstanceCreate, StorageVolumeCreate } from "@lodge/api";
import type { InstanceSending } from "../migration/send-instance.ts";
import type { MigrationSide } from "../migration/side.ts";
import type { VolumeSending } from "../migration/volumes.ts";

/** What goes from one server to another: each side is an operation with websockets of its own, or to the other's. */
export interface MigrationService {
  /** `instance_wrong_state` of what runs and is to go with its memory, or has memory kept. */
  sendInstance(sending: InstanceSending): Promise<MigrationSide>;
  /** What the request leaves out is as the source says. */
  receiveInstance(project: string, request: InstanceCreate): Promise<MigrationSide>;
  sendVolume(sending: VolumeSending): Promise<MigrationSide>;
  receiveVolume(project: string, pool: string, request: StorageVolumeCreate): Promise<MigrationSide>;
}
