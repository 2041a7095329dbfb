import { describe, expect, it } from "vitest";
import { checkDevices, readNics, readRootDisk } from "./devices.ts";

const root = { type: "disk", path: "/", pool: "default" };
const nic = { type: "nic", network: "lodgebr0" };

describe("checkDevices", () => {
  it.each([
    [{ d: { type: "gpu" } }, /unknown type "gpu"/],
    [{ d: { type: "disk", path: "/", pool: "p", colour: "red" } }, /unknown key "colour"/],
    [{ d: { type: "disk", path: "/mnt", pool: "p" } }, /only the root disk/],
    [{ d: { type: "disk", path: "/", pool: "p", size: "big" } }, /must be a size/],
    [{ eth0: { type: "nic" } }, /needs the key network/],
    [{ eth0: { ...nic, hwaddr: "01:00:00:00:00:01" } }, /multicast/],
    [{ eth0: { ...nic, hwaddr: "nonsense" } }, /no MAC address/],
    [{ "e/../0": nic }, /no interface name/],
    [Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`eth${i}`, nic])), /at most 8/],
  ])("refuses %j", (devices, message) => {
    expect(() => checkDevices("instance web", devices)).toThrow(message);
  });
});

it("reads nics in the order of their names, the root disk with its size", () => {
  expect(readNics("i", { b: { ...nic, name: "eth1" }, a: { ...nic, hwaddr: "00:16:3E:00:00:01" }, root })).toEqual([
    { device: "a", network: "lodgebr0", mac: "00:16:3e:00:00:01" },
    { device: "eth1", network: "lodgebr0" },
  ]);
  expect(readRootDisk("i", { root: { ...root, size: "2GiB" } })).toEqual({ pool: "default", size: 2 ** 31 });
  expect(() => readRootDisk("i", {})).toThrow(/no root disk/);
  expect(() => readRootDisk("i", { root, other: root })).toThrow(/another root disk/);
});
