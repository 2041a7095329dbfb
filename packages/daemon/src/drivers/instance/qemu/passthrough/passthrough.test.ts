import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstanceDevice, InstanceId } from "@lodge/core";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LodgePaths } from "../../../../system/paths.ts";
import { FakeSysfs } from "../testing/fake-sysfs.ts";
import { Passthrough } from "./passthrough.ts";

const nic = "0000:02:00.0";
const sound = "0000:02:00.1";
const [one, two] = ["0a0a0a0a", "0b0b0b0b"] as InstanceId[] as [InstanceId, InstanceId];
const pci = (address: string): InstanceDevice => ({ type: "pci", name: address.slice(-1), address, required: true });

let root: string;
let sysfs: FakeSysfs;
let passthrough: Passthrough;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lodge-pass-"));
  sysfs = new FakeSysfs({
    [nic]: { driver: "igb", group: "14" },
    [sound]: { driver: "snd_hda_intel", group: "15" },
  });
  passthrough = another();
  mkdirSync(join(root, "vfio"));
  for (const group of ["14", "15"]) writeFileSync(join(root, "vfio", group), "");
  for (const id of [one, two]) {
    mkdirSync(new LodgePaths(root).run(id), { recursive: true });
    writeFileSync(join(new LodgePaths(root).run(id), "qemu.json"), "{}");
  }
});

afterEach(() => {
  rmSync(root, { recursive: true });
  sysfs[Symbol.dispose]();
});

/** Of the next daemon. */
const another = () =>
  new Passthrough({
    paths: new LodgePaths(root),
    log: pino({ level: "silent" }),
    sysfs,
    nodes: join(root, "vfio"),
    loadDriver: async () => undefined,
  });
const plan = (...addresses: string[]) => passthrough.plan(addresses.map(pci), 0).catch((error: unknown) => error);
/** What the daemon of this host may lock is not the matter here. */
const planned = (address: string, group: string) => ({
  devices: [{ name: "p", functions: [{ address, class: 0x020000, vendor: "8086", product: "1533", group }] }],
  groups: [group],
});

test("nothing is planned where nothing is asked for", async () => {
  expect(await passthrough.plan([{ type: "tpm", name: "t" }], 0)).toEqual({ devices: [], groups: [] });
});

test("what is not there is said", async () => {
  expect(await plan("0000:0a:00.0")).toMatchObject({ code: "device_source_invalid" });
});

test("what the host has mounted is not taken", async () => {
  const block = join(sysfs.path, "bus/pci/devices", nic, "block/sda");
  mkdirSync(join(block, "holders/md0"), { recursive: true });
  mkdirSync(join(sysfs.path, "class"), { recursive: true });
  mkdirSync(join(sysfs.path, "class/block"));
  symlinkSync(block, join(sysfs.path, "class/block/sda"));
  expect(await plan(nic)).toMatchObject({
    code: "device_source_busy",
    message: `Device "0": ${nic} has /dev/sda on it, which is part of the host's md0.`,
  });
});

test("the next daemon gives back what one took that was killed", async () => {
  await passthrough.take(one, planned(nic, "14"), 0);
  expect(sysfs.driver(nic)).toBe("vfio-pci");
  await another().release(one);
  expect(sysfs.driver(nic)).toBe("igb");
  await another().release(one);
});

test("one group goes to one instance", async () => {
  await passthrough.take(one, planned(nic, "14"), 0);
  await expect(passthrough.take(two, planned(nic, "14"), 0)).rejects.toMatchObject({ code: "device_source_busy" });
  await passthrough.take(two, planned(sound, "15"), 0);
  await passthrough.release(two);
  expect([sysfs.driver(nic), sysfs.driver(sound)]).toEqual(["vfio-pci", "snd_hda_intel"]);
});

test("what the kernel refuses is said, and given back", async () => {
  sysfs.refused.add("/bus/pci/drivers_probe");
  await expect(passthrough.take(one, planned(nic, "14"), 0)).rejects.toMatchObject({
    code: "passthrough_unavailable",
    message: expect.stringContaining("EIO"),
  });
  sysfs.refused.clear();
  await passthrough.release(one);
  expect(sysfs.driver(nic)).toBe("igb");
});

test("USB devices that QEMU let fall go back to their drivers", async () => {
  for (const name of ["1-4:1.0", "1-4:1.1", "1-40:1.0"]) sysfs.addUsbInterface(name);
  const file = { name: "key", index: 0, port: "1-4", descriptor: 0 };
  await passthrough.noteUsb(one, [file]);
  await passthrough.take(one, planned(nic, "14"), 0);
  await another().release(one);
  expect(["1-4:1.0", "1-4:1.1", "1-40:1.0"].map((name) => sysfs.usbDriver(name))).toEqual([
    "usbhid",
    "usbhid",
    undefined,
  ]);
  expect(sysfs.driver(nic)).toBe("igb");
  await another().release(one);
});
