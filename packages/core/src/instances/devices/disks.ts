import { cloudInitSource, type Devices, type InstanceType, isTrue, LodgeError, parseSize } from "@lodge/api";
import { type DiskLimits, diskLimits } from "./io-limits.ts";
import { invalidDevice } from "./refusal.ts";

export interface RootDisk {
  /** Name of the device in the configuration. */
  readonly device: string;
  readonly pool: string;
  /** Bytes. */
  readonly size?: number;
  /** What a VM's guest sees it on. */
  readonly bus?: DiskBus;
  /** From 0 to 999; the firmware tries higher ones first. Missing: after all that have one. */
  readonly bootPriority?: number;
  readonly limits?: DiskLimits;
}

export type DiskBus = "virtio-blk" | "virtio-scsi" | "nvme" | "ahci" | "usb";

/** A disk, ISO, directory or block device of the host. */
export interface DiskDevice {
  readonly type: "disk";
  /** Of the device in the configuration. */
  readonly name: string;
  /** Absolute path on the host; where there is a pool, the name of one of its volumes. */
  readonly source: string;
  /** Storage pool of the volume that it is. */
  readonly pool?: string;
  /** Where a container sees it. */
  readonly path?: string;
  readonly readonly: boolean;
  /** The instance does not start while the source is missing. */
  readonly required: boolean;
  /** Owners are the same numbers inside. */
  readonly shift: boolean;
  /** What is mounted beneath the source is seen, too. */
  readonly recursive: boolean;
  readonly bus?: DiskBus;
  /** From 0 to 999; the firmware tries higher ones first, and those without one not at all. */
  readonly bootPriority?: number;
  readonly limits?: DiskLimits;
}

type Settings = Readonly<Record<string, string>>;

const isRoot = (device: Settings): boolean => device["path"] === "/";

const disksOf = (devices: Devices): [string, Settings][] =>
  Object.entries(devices)
    .filter(([, device]) => device["type"] === "disk")
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** The root disk; there must be exactly one. Its values have been checked. */
export function readRootDisk(owner: string, devices: Devices): RootDisk {
  const [first, second] = disksOf(devices).filter(([, device]) => isRoot(device));
  if (!first) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `${owner} has no root disk; add a device of type disk with path "/" or use the default profile.`,
    });
  }
  if (second) throw invalidDevice(owner, second[0], `there is already another root disk, "${first[0]}"`);
  const [name, device] = first;
  if (!device["pool"]) throw invalidDevice(owner, name, "the root disk needs the key pool");
  const unfit = ["source", "readonly", "shift", "recursive", "required"].find((key) => device[key]);
  if (unfit) throw invalidDevice(owner, name, `${unfit} is not for the root disk`);
  const size = parseSize(device["size"] ?? "");
  return {
    device: name,
    pool: device["pool"],
    ...(size !== undefined && { size }),
    ...hardware(device),
    ...diskLimits(device),
  };
}

/** Whether a VM is to have cloud-init's disk, which has no source of its own, by its devices. */
export const hasCloudInitDisk = (devices: Devices): boolean => disksOf(devices).some(([, device]) => isSeed(device));

const isSeed = (device: Settings): boolean => device["source"] === cloudInitSource;

/** All other disks, sorted by name. Their values have been checked. */
export function readDisks(owner: string, type: InstanceType, devices: Devices): DiskDevice[] {
  const seed = disksOf(devices).find(([, device]) => isSeed(device));
  if (seed && type === "container")
    throw invalidDevice(owner, seed[0], `source ${cloudInitSource} is not for a container, which finds it as files`);
  return disksOf(devices)
    .filter(([, device]) => !isRoot(device) && !isSeed(device))
    .map(([name, device]) => readDisk(owner, type, name, device));
}

function readDisk(owner: string, type: InstanceType, name: string, device: Settings): DiskDevice {
  const { source, path } = device;
  const pool = device["pool"];
  if (!source) throw invalidDevice(owner, name, 'it needs the key source (or path "/" for the root disk)');
  if (device["size"]) throw invalidDevice(owner, name, "size is for the root disk only; a volume has its own");
  if (pool && source.startsWith("/"))
    throw invalidDevice(owner, name, `with a pool, source is the name of a volume, not the path ${source}`);
  if (!pool && !source.startsWith("/"))
    throw invalidDevice(owner, name, `source "${source}" is no absolute path; of a volume the key pool is needed, too`);
  if (type === "container" && !path) throw invalidDevice(owner, name, "it needs the key path: where it is seen inside");
  return {
    type: "disk",
    name,
    source,
    ...(pool && { pool }),
    ...(path && { path }),
    readonly: isTrue(device["readonly"]),
    required: !device["required"] || isTrue(device["required"]),
    shift: !device["shift"] || isTrue(device["shift"]),
    recursive: isTrue(device["recursive"]),
    ...hardware(device),
    ...diskLimits(device),
  };
}

function hardware(device: Settings): Pick<DiskDevice, "bus" | "bootPriority"> {
  const bus = device["io.bus"] as DiskBus | undefined;
  const priority = device["boot.priority"];
  return { ...(bus && { bus }), ...(priority && { bootPriority: Number(priority) }) };
}
