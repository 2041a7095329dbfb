import type { Config, Devices, InstanceType } from "@lodge/api";
import { type DiskDevice, readDisks } from "./disks.ts";
import {
  type GpuDevice,
  type PciDevice,
  readGpuDevices,
  readPciDevices,
  readUsbDevices,
  type UsbDevice,
} from "./host-devices.ts";
import { type DiskFormat, recordedFormat } from "./host-sources.ts";
import { readUnixDevices, type UnixDevice } from "./nodes.ts";
import { readTpmDevices, type TpmDevice } from "./tpm.ts";

/** A disk with what its source was found to be when it was added; none: a block device, or nothing was there. */
export interface AttachedDisk extends DiskDevice {
  readonly format?: DiskFormat;
  /** Other instances may write to the disk at the same time. */
  readonly shared?: true;
}

/** A device as the driver of its instance takes it. Root disk and nics stand apart: pools and networks prepare them. */
export type InstanceDevice = AttachedDisk | GpuDevice | PciDevice | TpmDevice | UnixDevice | UsbDevice;

/**
 * All devices that the instance's driver attaches, sorted by type and name. Everything has been checked. Volumes are still called by
 * their names: see `attachVolumes`.
 */
export function readDevices(owner: string, type: InstanceType, devices: Devices, config: Config): InstanceDevice[] {
  const disks = readDisks(owner, type, devices).map((disk) => {
    const format = disk.pool === undefined ? recordedFormat(disk.name, config) : undefined;
    return { ...disk, ...(format && { format }) };
  });
  return [
    ...disks,
    ...readGpuDevices(devices),
    ...readPciDevices(owner, devices),
    ...readTpmDevices(owner, devices),
    ...readUnixDevices(owner, devices),
    ...readUsbDevices(devices),
  ];
}
