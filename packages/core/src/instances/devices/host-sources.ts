import { type Config, type Devices, type InstanceType, LodgeError } from "@lodge/api";
import { type DiskDevice, readDisks } from "./disks.ts";
import { readUnixDevices, type UnixDevice } from "./nodes.ts";

/**
 * What a virtual machine's disk is made of: how a file is to be read, or a directory that is shared. Found out once and then fixed: a
 * guest may write what it likes into its disk.
 */
export type DiskFormat = FileFormat | "directory";

export type FileFormat = "raw" | "qcow2" | "iso";

export type HostSource =
  | { readonly kind: "directory" | "block" | "character" }
  | { readonly kind: "file"; readonly format: FileFormat };

/** The contract for what the core must know of paths on the host. */
export interface HostSources {
  /**
   * What a path leads to, symlinks followed; undefined when nothing is there. A qcow2 that refers to other files, sockets
   * and pipes: `device_source_invalid`.
   */
  inspect(path: string): Promise<HostSource | undefined>;
}

const formats: readonly DiskFormat[] = ["raw", "qcow2", "iso", "directory"];

const formatKey = (device: string): string => `volatile.${device}.format`;

/** The fixed format of a VM's disk, if it is a file or a directory. */
export function recordedFormat(device: string, config: Config): DiskFormat | undefined {
  const format = config[formatKey(device)];
  return formats.find((each) => each === format);
}

export interface SourceCheck {
  readonly owner: string;
  readonly type: InstanceType;
  readonly devices: Devices;
  /** Own configuration before, and the devices that it was made for. */
  readonly before: { readonly config: Config; readonly devices: Devices };
}

/** Refuses new sources that are missing or do not fit; returns the volatile keys that fix the formats of a VM's disk files. */
export async function reserveFormats(sources: HostSources, check: SourceCheck): Promise<Config> {
  const { owner, type, devices, before } = check;
  const reserved: Config = {};
  for (const disk of readDisks(owner, type, devices)) {
    if (disk.pool !== undefined) continue;
    const known = recordedFormat(disk.name, before.config);
    const same = before.devices[disk.name]?.["source"] === disk.source;
    const found = await sources.inspect(disk.source);
    // What has gone since keeps the instance from starting, not from being changed.
    if (found || !same) refuse(owner, disk, unfitDisk(type, disk, found));
    if (type === "container") continue;
    if (known && same) reserved[formatKey(disk.name)] = known;
    else if (found?.kind === "file") reserved[formatKey(disk.name)] = found.format;
    else if (found?.kind === "directory") reserved[formatKey(disk.name)] = found.kind;
  }
  for (const device of readUnixDevices(owner, devices)) {
    if (device.source === undefined || before.devices[device.name]?.["source"] === device.source) continue;
    refuse(
      owner,
      { name: device.name, source: device.source },
      unfitNode(device, await sources.inspect(device.source)),
    );
  }
  return reserved;
}

function refuse(
  owner: string,
  device: { readonly name: string; readonly source: string },
  problem: string | undefined,
) {
  if (problem === undefined) return;
  throw new LodgeError({
    code: "device_source_invalid",
    message: `Source ${device.source} of device "${device.name}" of ${owner} ${problem}.`,
  });
}

function unfitDisk(type: InstanceType, disk: DiskDevice, found: HostSource | undefined): string | undefined {
  if (!found) return disk.required ? "does not exist on the host" : undefined;
  if (found.kind === "character") return "is a character device; use a device of type unix-char";
  if (found.kind === "directory" && disk.limits && type === "virtual-machine")
    return "is a directory, and what a virtual machine reads and writes in one cannot be limited";
  return undefined;
}

function unfitNode(device: UnixDevice, found: HostSource | undefined): string | undefined {
  if (!found) return device.required ? "does not exist on the host" : undefined;
  const kind = device.type === "unix-char" ? "character" : "block";
  return found.kind === kind ? undefined : `is no ${kind} device`;
}
