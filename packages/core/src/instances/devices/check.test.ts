import type { Devices, InstanceType } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { checkDevices } from "./check.ts";
import { readDisks, readRootDisk } from "./disks.ts";
import { readGpuDevices, readPciDevices, readUsbDevices } from "./host-devices.ts";
import { readNics } from "./nics.ts";
import { readUnixDevices } from "./nodes.ts";

const root = { type: "disk", path: "/", pool: "default" };
const nic = { type: "nic", network: "lodgebr0" };
const share = { type: "disk", source: "/srv", path: "/srv" };

describe("checkDevices", () => {
  it.each<[Devices, RegExp, InstanceType?]>([
    [{ d: { type: "toaster" } }, /unknown type "toaster"/],
    [{ d: { type: "disk", path: "/", pool: "p", colour: "red" } }, /unknown key "colour"/],
    [{ root, d: { type: "disk", path: "/mnt" } }, /needs the key source/],
    [{ root, d: { type: "disk", source: "/srv" } }, /needs the key path/],
    [{ root, d: { ...share, source: "srv" } }, /absolute path/],
    [{ root, d: { ...share, "io.bus": "nvme" } }, /io.bus is not for a container/],
    [{ root, d: { ...share, "io.bus": "ide" } }, /must be one of/, "virtual-machine"],
    [{ root, d: { ...share, pool: "p" } }, /name of a volume/],
    [{ root, d: { type: "disk", source: "data", path: "/srv" } }, /absolute path/],
    [{ root, d: { type: "disk", source: "data", pool: "p", path: "/srv", size: "1GiB" } }, /size is for the root disk/],
    [{ root: { ...root, source: "/srv" } }, /not for the root disk/],
    [{ d: { type: "disk", path: "/", pool: "p", size: "big" } }, /must be a size/],
    [{ root, "a/b": share }, /the name must be/],
    [{ root, eth0: { type: "nic" } }, /needs the key network/],
    [{ root, eth0: { ...nic, hwaddr: "01:00:00:00:00:01" } }, /multicast/],
    [{ root, eth0: { ...nic, hwaddr: "nonsense" } }, /no MAC address/],
    [{ root, "eth-0": nic }, /no interface name/],
    [{ root, a: { ...nic, name: "eth0" }, eth0: nic }, /another nic has the name eth0/],
    [{ root, d: { type: "unix-char" } }, /needs the key source/],
    [{ root, d: { type: "unix-char", path: "/dev/x", major: "1" } }, /given together/],
    [{ root, d: { type: "unix-char", source: "/dev/x", major: "1", minor: "7" } }, /not by both/],
    [{ root, d: { type: "unix-char", path: "/dev/x", mode: "rw" } }, /octal/],
    [{ root, d: { type: "unix-char", path: "/dev/x" } }, /not for a virtual-machine/, "virtual-machine"],
    [{ root, ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`eth${i}`, nic])) }, /at most 8/],
  ])("refuses %j", (devices, message, type = "container") => {
    expect(() => checkDevices("instance web", type, devices)).toThrow(message);
  });
});

const filter = { mac: true, ipv4: true, ipv6: true };

it("reads nics in the order of their names, the root disk with its size", () => {
  expect(readNics("i", { b: { ...nic, name: "eth1" }, a: { ...nic, hwaddr: "00:16:3E:00:00:01" }, root })).toEqual([
    { device: "a", interface: "a", network: "lodgebr0", mac: "00:16:3e:00:00:01", filter },
    { device: "b", interface: "eth1", network: "lodgebr0", filter },
  ]);
  const sized = readRootDisk("i", { root: { ...root, size: "2GiB", "boot.priority": "5" } });
  expect(sized).toEqual({ device: "root", pool: "default", size: 2 ** 31, bootPriority: 5 });
  expect(() => readRootDisk("i", {})).toThrow(/no root disk/);
  expect(() => readRootDisk("i", { root, other: root })).toThrow(/another root disk/);
});

it("reads disks beside the root, owners shifted and the source required unless told otherwise", () => {
  const disk = { type: "disk", name: "d", source: "/srv", path: "/srv", readonly: false, recursive: false };
  expect(readDisks("i", "container", { root, d: share })).toEqual([{ ...disk, required: true, shift: true }]);
  const other = { ...share, readonly: "true", required: "false", shift: "false" };
  expect(readDisks("i", "container", { root, d: other })).toEqual([
    { ...disk, readonly: true, required: false, shift: false },
  ]);
});

it("reads devices of the host by their nodes, owned by root unless told otherwise", () => {
  const access = { uid: 0, gid: 0, mode: 0o660 };
  const wanted = {
    full: { type: "unix-char", source: "/dev/full", path: "/dev/myfull", mode: "0644", uid: "5" },
    loop: { type: "unix-block", path: "/dev/loop0", required: "false" },
    port: { type: "unix-char", path: "/dev/port0", major: "4", minor: "64" },
  };
  expect(readUnixDevices("i", wanted)).toEqual([
    {
      type: "unix-char",
      name: "full",
      source: "/dev/full",
      path: "/dev/myfull",
      required: true,
      ...access,
      uid: 5,
      mode: 0o644,
    },
    { type: "unix-block", name: "loop", source: "/dev/loop0", path: "/dev/loop0", required: false, ...access },
    { type: "unix-char", name: "port", number: { major: 4, minor: 64 }, path: "/dev/port0", required: true, ...access },
  ]);
  const usb = { type: "usb", vendorid: "1D6B", busnum: "1" };
  expect(readUsbDevices({ usb })).toEqual([
    { type: "usb", name: "usb", vendor: "1d6b", bus: 1, required: false, ...access },
  ]);
  expect(readGpuDevices({ g: { type: "gpu", pci: "00:02.0" } })).toEqual([
    { type: "gpu", name: "g", pci: "0000:00:02.0", ...access },
  ]);
});

it("PCI devices are named by whole addresses, each once", () => {
  const pci = { type: "pci", address: "0000:0A:00.0" };
  expect(readPciDevices("instance m", { a: pci, b: { type: "pci", address: "02:00.1", required: "false" } })).toEqual([
    { type: "pci", name: "a", address: "0000:0a:00.0", required: true },
    { type: "pci", name: "b", address: "0000:02:00.1", required: false },
  ]);
  expect(() => readPciDevices("instance m", { a: { type: "pci" } })).toThrow(
    /"a" of instance m: it needs the key address/,
  );
  expect(() => readPciDevices("instance m", { a: pci, b: { type: "pci", address: "0a:00.0" } })).toThrow(
    /is "a" already/,
  );
});
