import { type Devices, type InstanceType, isTrue, LodgeError } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { AttachedDisk, InstanceDevice } from "../instances/devices/device.ts";
import { type DiskDevice, readDisks } from "../instances/devices/disks.ts";
import type { DiskFormat } from "../instances/devices/host-sources.ts";
import { invalidDevice } from "../instances/devices/refusal.ts";
import type { InstanceId } from "../instances/driver.ts";
import { homeOf } from "../projects/records.ts";
import type { Store, VolumeRecord } from "../store.ts";
import { findVolume, requireRestored, volumesOf } from "./find.ts";
import { usersOf } from "./users.ts";

export interface VolumeCheck {
  readonly owner: string;
  readonly project: string;
  readonly type: InstanceType;
  readonly devices: Devices;
  /** Missing: the instance is not made yet. */
  readonly id?: InstanceId;
}

/** Refuses volumes that are missing or do not fit, and disks that another instance has. */
export async function checkVolumes(
  store: Pick<Store, "instances" | "profiles" | "volumes" | "projects">,
  { owner, type, devices, id, ...of }: VolumeCheck,
): Promise<void> {
  const project = await homeOf(store, of.project, "features.storage.volumes");
  for (const disk of readDisks(owner, type, devices)) {
    if (disk.pool === undefined) continue;
    const volume = await findVolume(store, { pool: disk.pool, project, name: disk.source });
    const problem = unfit(type, disk, volume);
    if (problem) throw invalidDevice(owner, disk.name, problem);
    if (isExclusive(volume)) await requireFree(store, volume, id);
  }
}

function unfit(
  type: InstanceType,
  { path, limits }: DiskDevice,
  { name, contentType }: VolumeRecord,
): string | undefined {
  if (contentType === "filesystem") {
    if (!path) return `volume ${name} holds files, and needs the key path: where they are seen inside`;
    return limits && type === "virtual-machine"
      ? `volume ${name} holds files, and what a virtual machine reads and writes there cannot be limited`
      : undefined;
  }
  if (type === "container") return `volume ${name} is a disk (${contentType}), which is for virtual machines`;
  return undefined;
}

const isExclusive = ({ contentType, config }: VolumeRecord): boolean =>
  contentType === "block" && !isTrue(config["security.shared"]);

async function requireFree(
  store: Pick<Store, "instances" | "profiles" | "projects">,
  volume: VolumeRecord,
  id: InstanceId | undefined,
): Promise<void> {
  const other = (await usersOf(store, volume)).instances.find(({ record }) => record.id !== id)?.record;
  if (!other) return;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Block volume "${volume.name}" is a disk of instance "${other.name}" already, and two that write to it destroy an ordinary file system. Detach it there, or set security.shared=true if what is on it is made for that.`,
  });
}

/** Puts in the place of volumes' names where they lie. */
export async function attachVolumes(
  deps: Pick<InstanceDependencies, "store" | "pools">,
  user: string,
  devices: readonly InstanceDevice[],
): Promise<InstanceDevice[]> {
  const project = await homeOf(deps.store, user, "features.storage.volumes");
  return Promise.all(
    devices.map(async (device) => (device.type === "disk" ? attachVolume(deps, project, device) : device)),
  );
}

async function attachVolume(
  deps: Pick<InstanceDependencies, "store" | "pools">,
  project: string,
  disk: AttachedDisk,
): Promise<AttachedDisk> {
  if (disk.pool === undefined) return disk;
  const volume = await findVolume(deps.store, { pool: disk.pool, project, name: disk.source });
  requireRestored(volume);
  const { pool: _pool, ...rest } = disk;
  const source = await volumesOf(deps, disk.pool).path(volume.id);
  const shared = volume.contentType === "block" && !isExclusive(volume);
  return { ...rest, source, format: formats[volume.contentType], ...(shared && { shared }) };
}

const formats: Readonly<Record<VolumeRecord["contentType"], DiskFormat>> = {
  filesystem: "directory",
  block: "raw",
  iso: "iso",
};
