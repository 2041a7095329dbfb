import type { DiskBus } from "@lodge/core";
import { type DeviceProperties, deviceArguments, deviceId, mediumId, nodeName, serialOf } from "./device.ts";
import { slots } from "./ports.ts";

/** What is on a disk. QEMU is always told the format: a guest could make a raw disk look like another one. */
export type DiskContent =
  /** The root: a qcow2 over its image's disk. */
  | { readonly kind: "overlay"; readonly path: string }
  /** Of a machine that never runs: this many bytes of nothing. */
  | { readonly kind: "nothing"; readonly size: number }
  /** A file or block device that the daemon opened: `/dev/fdset/N`. */
  | { readonly kind: "file" | "block"; readonly format: "raw" | "qcow2"; readonly path: string };

/** A disk as the guest gets it. */
export interface MachineDisk {
  /** Of the device in the configuration. */
  readonly name: string;
  readonly content: DiskContent;
  readonly readonly: boolean;
  readonly cdrom: boolean;
  /** Other machines may write to it at the same time. */
  readonly shared?: true;
  readonly bus: DiskBus;
  /** QEMU's bus: `port0`, `ide.1`, `scsi.0`; missing: the place on pcie.0 that is the root disk's. */
  readonly place?: string;
  readonly bootindex?: number;
}

/** SATA ports of q35. */
export const sataPorts = 6;

/** Buses of which each disk takes a port of its own. */
export const takesPort = (bus: DiskBus): boolean => bus === "virtio-blk" || bus === "nvme";

export const scsiControllerId = "scsi";
export const scsiBus = `${scsiControllerId}.0`;
export const usbBus = "usb.0";

export function diskArguments(disk: MachineDisk): string[] {
  return ["-blockdev", JSON.stringify(blockNode(disk)), ...diskDevices(disk).flatMap(deviceArguments)];
}

/** On which the disks on virtio-scsi are; at the start in a place of its own, later in a port. */
export function scsiController(bus?: string): DeviceProperties {
  return { driver: "virtio-scsi-pci", id: scsiControllerId, ...(bus ? { bus } : { addr: slots.scsi }) };
}

export function blockNode({ name, content, readonly }: Pick<MachineDisk, "name" | "content" | "readonly">): object {
  const common = { "node-name": nodeName(name), discard: "unmap" };
  if (content.kind === "nothing") return { driver: "null-co", "node-name": nodeName(name), size: content.size };
  const { path } = content;
  if (content.kind === "overlay") {
    // Said in so many words, `read-only: false` would hold for the node beneath a snapshot, too: QEMU would want to write to it.
    const file = { driver: "file", filename: path, discard: "unmap" };
    return { driver: "qcow2", ...common, "detect-zeroes": "unmap", file };
  }
  const driver = content.kind === "block" ? "host_device" : "file";
  const file = { driver, filename: path, discard: "unmap", "read-only": readonly };
  // A backing file that its header may name is not followed.
  const backing = content.format === "qcow2" ? { backing: null } : {};
  return { driver: content.format, ...common, "read-only": readonly, ...backing, file };
}

/** In the order in which they are added. The first has the disk's id and takes the others with it when it goes. */
export function diskDevices(disk: MachineDisk): DeviceProperties[] {
  const { name, cdrom, shared, bus, place, bootindex } = disk;
  const id = deviceId(name);
  const drive = {
    ...{ drive: nodeName(name), serial: serialOf(name) },
    ...(shared && { "share-rw": true }),
    ...(bootindex !== undefined && { bootindex }),
  };
  const where = place === undefined ? { addr: slots.root } : { bus: place };
  switch (bus) {
    case "virtio-blk":
      return [{ driver: "virtio-blk-pci", id, ...drive, ...where }];
    case "nvme":
      return [{ driver: "nvme", id, ...drive, ...where }];
    case "virtio-scsi":
      return [{ driver: cdrom ? "scsi-cd" : "scsi-hd", id, ...drive, ...where }];
    case "ahci":
      return [{ driver: cdrom ? "ide-cd" : "ide-hd", id, ...drive, ...where }];
    case "usb":
      if (!cdrom) return [{ driver: "usb-storage", id, ...drive, ...where }];
      return [
        { driver: "usb-bot", id, ...where },
        { driver: "scsi-cd", id: mediumId(name), ...drive, bus: `${id}.0` },
      ];
  }
}
