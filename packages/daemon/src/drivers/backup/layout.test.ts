import { expect, it } from "vitest";
import { findPlace, placeOf } from "./layout.ts";

it.each([
  ["container", undefined, "backup/container/rootfs"],
  ["container", "snap0", "backup/snapshots/snap0/rootfs"],
  ["directory-volume", undefined, "backup/volume"],
  ["directory-volume", "snap0", "backup/volume-snapshots/snap0"],
] as const)("a %s's files of %s lie in %s", (type, snapshot, rootfs) => {
  expect(placeOf(type, snapshot).rootfs).toBe(rootfs);
});

it.each([
  [undefined, "backup/virtual-machine.img", "backup/virtual-machine/state"],
  ["snap0", "backup/virtual-machine-snapshots/snap0.img", "backup/virtual-machine-snapshots/snap0/state"],
] as const)("a VM's disk of %s is %s", (snapshot, disk, state) => {
  expect(placeOf("virtual-machine", snapshot)).toMatchObject({ disk, state });
});

it.each([
  ["container", "backup/container/rootfs", { what: "rootfs", path: "" }],
  ["container", "backup/container/rootfs/etc/passwd", { what: "rootfs", path: "etc/passwd" }],
  ["container", "backup/container/backup.yaml", { what: "other", path: "" }],
  ["container", "backup/container", { what: "other", path: "" }],
  ["container", "backup/snapshots/a.img/rootfs/x", { snapshot: "a.img", what: "rootfs", path: "x" }],
  ["container", "backup/snapshots", undefined],
  ["container", "backup/virtual-machine.img", undefined],
  ["container", "backup/index.yaml", undefined],
  ["container", "etc/passwd", undefined],
  ["virtual-machine", "backup/virtual-machine.img", { what: "disk", path: "" }],
  ["virtual-machine", "backup/virtual-machine/state/vars.fd", { what: "state", path: "vars.fd" }],
  ["virtual-machine", "backup/virtual-machine/qemu.nvram", { what: "other", path: "" }],
  ["virtual-machine", "backup/virtual-machine-snapshots/a.b.img", { snapshot: "a.b", what: "disk", path: "" }],
  [
    "virtual-machine",
    "backup/virtual-machine-snapshots/a/state/tpm/x",
    { snapshot: "a", what: "state", path: "tpm/x" },
  ],
  ["virtual-machine", "backup/container/rootfs/x", undefined],
  ["directory-volume", "backup/volume", { what: "rootfs", path: "" }],
  ["directory-volume", "backup/volume/rootfs/a", { what: "rootfs", path: "rootfs/a" }],
  ["directory-volume", "backup/volume-snapshots/a.img", { snapshot: "a.img", what: "rootfs", path: "" }],
  ["directory-volume", "backup/volume-snapshots", undefined],
  ["directory-volume", "backup/volume.img", undefined],
  ["volume-streams", "backup/volume-snapshots/a.bin", { snapshot: "a", what: "stream", path: "" }],
  ["container-streams", "backup/container.bin", { what: "stream", path: "" }],
  ["container-streams", "backup/snapshots/a.bin.bin", { snapshot: "a.bin", what: "stream", path: "" }],
  ["container-streams", "backup/container/rootfs/x", { what: "other", path: "x" }],
  ["container-streams", "backup/optimized_header.yaml", undefined],
  ["container", "backup/snapshots/a.bin", { snapshot: "a.bin", what: "other", path: "" }],
  ["disk-volume", "backup/volume.img", { what: "disk", path: "" }],
  ["disk-volume", "backup/volume-snapshots/a.b.img", { snapshot: "a.b", what: "disk", path: "" }],
  ["disk-volume", "backup/volume/state/x", { what: "other", path: "x" }],
] as const)("in the backup of a %s, %s", (type, name, found) => {
  expect(findPlace(type, name)).toEqual(found);
});
