import type { DiskBus } from "@lodge/core";
import { expect, test } from "vitest";
import { blockNode, type DiskContent, diskDevices, type MachineDisk } from "./disks.ts";

const raw: DiskContent = { kind: "file", format: "raw", path: "/dev/fdset/2" };
const data: MachineDisk = {
  name: "data",
  content: raw,
  readonly: false,
  cdrom: false,
  bus: "virtio-blk",
  place: "port0",
};
const drive = { drive: "disk-3a6eb0790f39ac87", serial: "data" };

test.each<[DiskBus, boolean, string, object[]]>([
  ["virtio-blk", false, "port1", [{ driver: "virtio-blk-pci", id: "dev-data", ...drive, bus: "port1" }]],
  ["nvme", false, "port1", [{ driver: "nvme", id: "dev-data", ...drive, bus: "port1" }]],
  ["virtio-scsi", false, "scsi.0", [{ driver: "scsi-hd", id: "dev-data", ...drive, bus: "scsi.0" }]],
  ["virtio-scsi", true, "scsi.0", [{ driver: "scsi-cd", id: "dev-data", ...drive, bus: "scsi.0" }]],
  ["ahci", false, "ide.3", [{ driver: "ide-hd", id: "dev-data", ...drive, bus: "ide.3" }]],
  ["ahci", true, "ide.3", [{ driver: "ide-cd", id: "dev-data", ...drive, bus: "ide.3" }]],
  ["usb", false, "usb.0", [{ driver: "usb-storage", id: "dev-data", ...drive, bus: "usb.0" }]],
  [
    "usb",
    true,
    "usb.0",
    [
      { driver: "usb-bot", id: "dev-data", bus: "usb.0" },
      { driver: "scsi-cd", id: "medium-data", ...drive, bus: "dev-data.0" },
    ],
  ],
])("on %s, CD-ROM %s", (bus, cdrom, place, devices) => {
  expect(diskDevices({ ...data, bus, cdrom, place })).toEqual(devices);
});

test("the root disk has a place of its own, and an index in the boot order", () => {
  const { place: _, ...root } = { ...data, name: "root", bootindex: 1 };
  expect(diskDevices(root)).toMatchObject([{ driver: "virtio-blk-pci", id: "dev-root", addr: "0x2", bootindex: 1 }]);
});

test.each<[string, Partial<MachineDisk>, object]>([
  ["a raw file", {}, { driver: "raw", file: { driver: "file", filename: "/dev/fdset/2", "read-only": false } }],
  [
    "a qcow2 without its backing file",
    { content: { ...raw, format: "qcow2" } },
    { driver: "qcow2", backing: null, file: { driver: "file" } },
  ],
  ["a block device", { content: { ...raw, kind: "block" } }, { driver: "raw", file: { driver: "host_device" } }],
  ["a disk that is only read", { readonly: true }, { "read-only": true, file: { "read-only": true } }],
])("QEMU opens %s", (_what, change, node) => {
  expect(blockNode({ ...data, ...change })).toMatchObject(node);
});

test("the root disk's backing chain is followed", () => {
  expect(blockNode({ ...data, content: { kind: "overlay", path: "/p/root.qcow2" } })).not.toHaveProperty("backing");
});
