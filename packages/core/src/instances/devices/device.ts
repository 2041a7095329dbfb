import type { Config, Devices, InstanceType } from "@lodge/api";
import { type DiskDevice, readDisks } from "./disks.ts";
import { type DiskFormat, recordedFormat } from "./host-sources.ts";

/** A disk with the format that its file was found to have when it was added; none: it is no file. */
export interface AttachedDisk extends DiskDevice {
  readonly format?: DiskFormat;
}

/** A device as the driver of its instance takes it. Root disk and nics stand apart: pools and networks prepare them. */
export type InstanceDevice = AttachedDisk;

/** All devices that the instance's driver attaches, sorted by type and name. Everything has been checked. */
export function readDevices(owner: string, type: InstanceType, devices: Devices, config: Config): InstanceDevice[] {
  return readDisks(owner, type, devices).map((disk) => {
    const format = recordedFormat(disk.name, config);
    return { ...disk, ...(format && { format }) };
  });
}
