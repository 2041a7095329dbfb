import { expect, test } from "vitest";
import { type MachineRecord, machineNow, nothingPlugged } from "./machine-record.ts";

const disk = (name: string, place: string) =>
  ({ name, bus: "virtio-blk", readonly: true, cdrom: false, place }) as const;
const nic = (name: string, place: string) =>
  ({ name, place, mac: "00:16:3e:00:00:01", mtu: 1500, model: "virtio" }) as const;
const started: MachineRecord = {
  ...{
    machine: "pc-q35-7.2",
    accelerator: "tcg",
    processor: { kind: "all" },
    cpus: 1,
    memory: 2 ** 28,
    windows: false,
  },
  ...{ boot: { kind: "firmware", platform: "bios", secureBoot: false }, tpm: false, raw: "" },
  layout: {
    ...{
      root: disk("root", "0x2"),
      disks: [disk("a", "port0")],
      nics: [nic("eth0", "port1")],
      functions: [],
      shares: [],
    },
    ...{ ports: {}, portCount: 8, rootFirst: true },
  },
};

test("what came is there, what went is not, and what came back is as it came back", () => {
  const plugged = { disks: [disk("b", "port2"), disk("a", "port3")], nics: [nic("eth1", "port4")], scsiBus: "port5" };
  const present = ["dev-root", "dev-a", "dev-b", "dev-eth1", "scsi", "port0"];
  expect(machineNow(started, plugged, present)).toEqual({
    ...started,
    scsiBus: "port5",
    layout: { ...started.layout, disks: [disk("a", "port3"), disk("b", "port2")], nics: [nic("eth1", "port4")] },
  });
});

test("a device that was not noted is told", () => {
  expect(machineNow(started, nothingPlugged, ["dev-root", "dev-new"])).toEqual({ unknown: "dev-new" });
});
