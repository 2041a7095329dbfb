import { LodgeError } from "@lodge/api";
import { driverOf } from "../instances/dependencies.ts";
import type { VolumeRecord } from "../store.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { volumeRequest, volumesOf } from "./find.ts";
import { type VolumeUser, withUsers } from "./users.ts";

/**
 * Gives a volume the size that its record says, and tells the machines that run with it. Doing it again does no harm. The caller holds
 * the volume's lock.
 */
export async function applySize(deps: VolumeDependencies, volume: VolumeRecord): Promise<void> {
  const size = volumeSize(volume);
  await volumesOf(deps, volume.pool).resize(volumeRequest(volume));
  if (volume.contentType !== "block" || size === undefined) return;
  await withUsers(deps, volume, async (users) => {
    for (const user of users) await tellSize(deps, user, size);
  });
}

async function tellSize(deps: VolumeDependencies, { record, devices }: VolumeUser, size: number): Promise<void> {
  if (!deps.runs.isRunning(record.id)) return;
  const driver = driverOf(deps, record.type);
  if (!driver.resizeDisk) {
    throw new LodgeError({
      code: "not_supported",
      message: `The disks of a ${record.type} do not grow while it runs: "${record.name}" sees the new size after a restart.`,
    });
  }
  for (const device of devices) await driver.resizeDisk(record.id, device, size);
}
