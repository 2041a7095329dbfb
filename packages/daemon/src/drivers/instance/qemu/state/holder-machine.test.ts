import { expect, test } from "vitest";
import { qemuArguments } from "../command-line.ts";
import { holderMachine } from "./holder-machine.ts";
import type { MachineRecord } from "./machine-record.ts";

const disk = (name: string, bus: "virtio-blk" | "virtio-scsi", place?: string) => ({
  ...{ name, bus, readonly: false, cdrom: false },
  ...(place !== undefined && { place }),
});
const machine: MachineRecord = {
  ...{
    machine: "pc-q35-7.2",
    accelerator: "tcg",
    processor: { kind: "all" },
    cpus: 2,
    memory: 2 ** 28,
    windows: false,
  },
  ...{ boot: { kind: "firmware", platform: "bios", secureBoot: false }, tpm: false, raw: "", scsiBus: "port4" },
  layout: {
    ...{ root: disk("root", "virtio-blk"), disks: [disk("data", "virtio-scsi", "scsi.0")], functions: [], shares: [] },
    nics: [{ name: "eth0", place: "port0", mac: "00:16:3e:00:00:01", mtu: 1500, model: "virtio" }],
    ...{ ports: {}, portCount: 8, rootFirst: true },
  },
};
const parts = {
  id: "0a1b2c3d",
  uuid: "5b0d0a44-62a5-4c0c-8f8a-0f0a3d1c2b1a",
  memory: "/proc/self/fd/5",
  qmp: 3,
  taps: [4],
};

const devices = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => (args[index - 1] === "-device" ? [arg] : []));

test("a holder has the devices of the machine, in the same places, and nothing behind them", async () => {
  const args = qemuArguments(await holderMachine(machine, parts));
  const names = devices(args).map((device) => (device.startsWith("{") ? JSON.parse(device).id : device.split(",")[0]));
  expect(names).toEqual([
    ...Array.from({ length: 8 }, (_, port) => `port${port}`),
    ...["scsi", "dev-root", "dev-data", "dev-eth0", "virtio-rng-pci", "qemu-xhci", "usb-tablet", "isa-serial"],
    ...["virtio-serial-pci", "virtserialport", "virtserialport", "vmgenid"],
  ]);
  expect(devices(args).find((device) => device.includes('"scsi"'))).toContain('"bus":"port4"');
  const nodes = args.filter((_, index) => args[index - 1] === "-blockdev").map((node) => JSON.parse(node).driver);
  expect(nodes).toEqual(["null-co", "null-co"]);
  expect(args).not.toContain("-vnc");
});

test("it has the room that the machine has", async () => {
  const args = qemuArguments(await holderMachine({ ...machine, room: { cpus: 4, reserve: 2 ** 30 } }, parts));
  expect(args).toContain("cpus=2,sockets=1,cores=4,threads=1,maxcpus=4");
  expect(args).toContain("memory-backend-ram,id=growth.ram,size=1024M,reserve=off");
});

test("it waits for a state, which goes into a memory that others see", async () => {
  const args = qemuArguments(await holderMachine(machine, parts));
  expect(args.join(" ")).toContain("-incoming defer -S");
  expect(args).toContain("memory-backend-file,mem-path=/proc/self/fd/5,share=on,id=pc.ram,size=256M");
});
