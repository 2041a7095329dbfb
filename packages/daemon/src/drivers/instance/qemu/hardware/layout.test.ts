import type { AttachedDisk } from "@lodge/core";
import { expect, test } from "vitest";
import type { TapNic } from "../machine-spec.ts";
import { layOut, type Parts } from "./layout.ts";

const disk = (name: string, more: Partial<AttachedDisk> = {}): AttachedDisk => ({
  ...{ type: "disk", name, source: `/srv/${name}`, format: "raw" },
  ...{ readonly: false, required: true, shift: true, recursive: false },
  ...more,
});
const nic = (device: string, more: Partial<TapNic> = {}): TapNic => ({
  ...{ kind: "tap", device, mac: "00:16:3e:00:00:01", mtu: 1500, hostInterface: "tap0", fabricNamespace: "/ns" },
  ...more,
});
const parts = (change: Partial<Parts> = {}): Parts => ({
  rootDisk: { device: "root" },
  disks: [],
  nics: [],
  functions: [],
  shares: [],
  ports: {},
  ...change,
});

test("nics come into the first ports, then disks", () => {
  const { nics, disks, root, ports, portCount } = layOut(
    parts({ disks: [disk("a"), disk("b", { bus: "nvme" })], nics: [nic("eth0")] }),
  );
  expect([...nics, ...disks].map(({ name, place }) => `${name} ${place}`)).toEqual([
    "eth0 port0",
    "a port1",
    "b port2",
  ]);
  expect(root).toMatchObject({ bus: "virtio-blk", bootindex: 1 });
  expect(root.place).toBeUndefined();
  expect(ports).toEqual({ "dev-eth0": 0, "dev-a": 1, "dev-b": 2 });
  expect(portCount).toBe(8);
});

test("a function of the host has a port of its own", () => {
  const card = { address: "0000:01:00.0", class: 0x030000, vendor: "10de", product: "2184" };
  const functions = [{ name: "g", functions: [card, { ...card, address: "0000:01:00.1" }] }];
  const layout = layOut(parts({ nics: [nic("eth0")], functions }));
  expect(layout.functions).toEqual([{ name: "g", place: "port1", addresses: ["0000:01:00.0", "0000:01:00.1"] }]);
  expect(layout.ports).toEqual({ "dev-eth0": 0, "dev-g": 1 });
});

test.each<[string, Partial<AttachedDisk>, object]>([
  ["an ISO", { format: "iso" }, { bus: "ahci", place: "ide.0", cdrom: true, readonly: true }],
  ["an ISO on virtio-blk", { format: "iso", bus: "virtio-blk" }, { bus: "virtio-blk", cdrom: false, readonly: true }],
  ["an ISO on USB", { format: "iso", bus: "usb" }, { place: "usb.0", cdrom: true }],
  ["a disk", { readonly: true }, { bus: "virtio-blk", readonly: true, cdrom: false }],
])("%s", (_what, more, shape) => {
  expect(layOut(parts({ disks: [disk("a", more)] })).disks).toMatchObject([shape]);
});

test("the root disk and others share the SATA ports", () => {
  const { root, disks } = layOut(
    parts({ rootDisk: { device: "root", bus: "ahci" }, disks: [disk("a", { bus: "ahci" })] }),
  );
  expect([root.place, disks[0]?.place]).toEqual(["ide.0", "ide.1"]);
});

test("what has a priority is booted before a root disk without one", () => {
  const { nics, root, rootFirst } = layOut(parts({ nics: [nic("eth0", { bootPriority: 1 })] }));
  expect([nics[0]?.bootindex, root.bootindex, rootFirst]).toEqual([1, 2, false]);
  expect(layOut(parts({ nics: [nic("eth0")] })).rootFirst).toBe(true);
});

test.each<[string, Partial<Parts>]>([
  ["more than 6 disks on ahci", { disks: Array.from({ length: 7 }, (_, i) => disk(`d${i}`, { bus: "ahci" })) }],
  ["no room", { disks: Array.from({ length: 65 }, (_, i) => disk(`d${i}`)) }],
  ["read-only on ahci", { disks: [disk("a", { bus: "ahci", readonly: true })] }],
])("refuses %s", (words, change) => expect(() => layOut(parts(change))).toThrow(words));
