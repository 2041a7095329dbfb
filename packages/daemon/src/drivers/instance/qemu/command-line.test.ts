import { expect, test } from "vitest";
import { type MachineDescription, qemuArguments } from "./command-line.ts";
import type { MachineDisk } from "./hardware/disks.ts";
import type { Processor } from "./hardware/processor.ts";

const root: MachineDisk = {
  ...({ name: "root", bus: "virtio-blk", readonly: false, cdrom: false, bootindex: 1 } as const),
  content: { kind: "overlay", path: "/l/a,b.qcow2" },
};
const uefi = { kind: "uefi", code: "/f/code.fd", variables: "/dev/fdset/2" } as const;
const nic = { name: "eth0", mac: "00:16:3e:00:00:01", mtu: 1400, model: "virtio", place: "port0" } as const;
const processor: Processor = {
  accelerator: "tcg",
  cpus: 2,
  model: { kind: "all" },
  hyperv: false,
  translationCache: 128,
};
const machine: MachineDescription = {
  id: "0a1b2c3d",
  uuid: "5b0d0a44-62a5-4c0c-8f8a-0f0a3d1c2b1a",
  generation: "0c3b1e2e-93f1-4b5e-8f0c-3f9a4d8d5a11",
  hostname: "web",
  sshKey: "ssh-ed25519 AAAAC3Nz",
  machine: "pc-q35-7.2",
  processor,
  localTime: false,
  memory: 512 * 2 ** 20 + 1,
  backing: { kind: "own" },
  incoming: false,
  boot: { kind: "bios" },
  ports: 0,
  disks: [root],
  nics: [],
  functions: [],
  usb: [],
  shares: [],
  sets: [],
  raw: [],
  vnc: "/l/run,1/vnc",
  channels: { qmp: 3, agent: 4, ssh: 5, console: 6, consoleLog: 7 },
};
const room = { cpus: 8, reserve: 2 ** 30 };
/** The values that follow an option, in order. */
const values = (option: string, args: readonly string[]) =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1]] : []));

test.each<[string, Partial<MachineDescription>, string, (string | undefined)[]]>([
  [
    "memory that may be merged",
    { merge: true },
    "-machine",
    ["pc-q35-7.2,usb=off,vmport=off,mem-merge=on,memory-backend=pc.ram"],
  ],
  ["a versioned machine", {}, "-machine", ["pc-q35-7.2,usb=off,vmport=off,mem-merge=off,memory-backend=pc.ram"]],
  ["TCG", {}, "-accel", ["tcg,thread=multi,tb-size=128"]],
  ["TCG's CPU", {}, "-cpu", ["max"]],
  ["KVM", { processor: { ...processor, accelerator: "kvm" } }, "-accel", ["kvm"]],
  ["a clock in UTC", {}, "-rtc", ["base=utc"]],
  ["a clock in local time", { localTime: true }, "-rtc", ["base=localtime"]],
  ["CPUs", {}, "-smp", ["cpus=2,sockets=1,cores=2,threads=1"]],
  ["memory in whole MiB", {}, "-m", ["size=512M"]],
  ["room for more CPUs", { room }, "-smp", ["cpus=2,sockets=1,cores=8,threads=1,maxcpus=8"]],
  ["room for more memory", { room }, "-m", ["size=512M,maxmem=1536M"]],
  [
    "memory to come that is nobody else's",
    { room },
    "-object",
    [
      "memory-backend-ram,id=pc.ram,size=512M",
      "rng-random,id=rng0,filename=/dev/urandom",
      "memory-backend-ram,id=growth.ram,size=1024M,reserve=off",
    ],
  ],
  [
    "memory of its own",
    {},
    "-object",
    ["memory-backend-ram,id=pc.ram,size=512M", "rng-random,id=rng0,filename=/dev/urandom"],
  ],
  [
    "memory in huge pages",
    { backing: { kind: "huge" } },
    "-object",
    [
      "memory-backend-memfd,share=on,hugetlb=on,prealloc=on,id=pc.ram,size=512M",
      "rng-random,id=rng0,filename=/dev/urandom",
    ],
  ],
  ["no waiting for a state", {}, "-incoming", []],
  ["waiting for a state", { incoming: true }, "-incoming", ["defer"]],
  ["all four denies", {}, "-sandbox", ["on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]],
  [
    "firmware strings with commas doubled",
    { sshKey: "ssh-ed25519 AAAA a,b" },
    "-smbios",
    ["type=11,value=lodge,value=lodge:hostname:web,value=lodge:ssh-key:ssh-ed25519 AAAA a,,b"],
  ],
  ["no kernel without direct boot", {}, "-kernel", []],
  [
    "a kernel for direct boot",
    { boot: { kind: "direct", kernel: "/k", initrd: "/i", cmdline: "root=/dev/vda2 quiet" } },
    "-append",
    ["root=/dev/vda2 quiet"],
  ],
  [
    "UEFI's code and variables",
    { boot: { ...uefi, secureBoot: false } },
    "-machine",
    ["pc-q35-7.2,usb=off,vmport=off,mem-merge=off,memory-backend=pc.ram,pflash0=uefi-code,pflash1=uefi-variables"],
  ],
  [
    "variables that only the firmware writes, with Secure Boot",
    { boot: { ...uefi, secureBoot: true } },
    "-global",
    ["driver=cfi.pflash01,property=secure,value=on", "ICH9-LPC.disable_s3=1"],
  ],
  ["nothing booted but what is in the order", { boot: { ...uefi, secureBoot: true } }, "-boot", ["menu=off,strict=on"]],
  [
    "the user's own arguments at the end",
    { raw: ["-device", "intel-hda"], ports: 0 },
    "-device",
    expect.arrayContaining(["intel-hda"]),
  ],
  ["a screen on a unix socket", {}, "-vnc", ["unix:/l/run,,1/vnc,share=ignore"]],
  ["no nic that was not asked for", {}, "-netdev", []],
  ["taps by descriptor", { nics: [{ ...nic, descriptor: 8 }] }, "-netdev", ["tap,id=net-eth0,fd=8"]],
  [
    "files by descriptor",
    { sets: [{ set: 2, descriptor: 9, label: "disk-a" }] },
    "-add-fd",
    ["fd=9,set=2,opaque=disk-a", "fd=7,set=1,opaque=console-log"],
  ],
])("the command line has %s", (_what, change, option, expected) => {
  expect(values(option, qemuArguments({ ...machine, ...change }))).toEqual(expected);
});

test("the disk is given as JSON, in which its path needs no escaping", () => {
  const [blockdev] = values("-blockdev", qemuArguments(machine));
  expect(JSON.parse(blockdev ?? "")).toMatchObject({
    driver: "qcow2",
    discard: "unmap",
    file: { driver: "file", filename: "/l/a,b.qcow2" },
  });
});

test("a SCSI controller comes before the disks that are on it, and only for them", () => {
  const scsi = { ...root, bus: "virtio-scsi", place: "scsi.0" } as const;
  const devices = (disk: MachineDisk) =>
    values("-device", qemuArguments({ ...machine, disks: [disk] })).filter((value) => value?.includes("scsi"));
  expect(devices(root)).toEqual([]);
  expect(devices(scsi).map((value) => (JSON.parse(value ?? "") as { driver: string }).driver)).toEqual([
    "virtio-scsi-pci",
    "scsi-hd",
  ]);
});

test("devices of the host come after the bus that they are on", () => {
  const functions = [{ name: "g", place: "port1", addresses: ["0000:01:00.0", "0000:01:00.1"] }];
  const usb = [0, 1].map((index) => ({ name: "key", index, path: `/dev/fdset/${index + 2}` }));
  const given = values("-device", qemuArguments({ ...machine, functions, usb }));
  const parsed = given.flatMap((value) => (value?.startsWith("{") ? [JSON.parse(value) as object] : []));
  expect(parsed.slice(-4)).toEqual([
    { driver: "vfio-pci", id: "dev-g", host: "0000:01:00.0", bus: "port1", addr: "0x0.0", multifunction: true },
    { driver: "vfio-pci", id: "part1-g", host: "0000:01:00.1", bus: "port1", addr: "0x0.1" },
    { driver: "usb-host", id: "dev-key", hostdevice: "/dev/fdset/2", bus: "usb.0" },
    { driver: "usb-host", id: "part1-key", hostdevice: "/dev/fdset/3", bus: "usb.0" },
  ]);
  expect(given.findIndex((value) => value?.includes("id=usb"))).toBeLessThan(
    given.findIndex((value) => value?.includes("usb-host")),
  );
});

test.each<[string, MachineDescription["backing"], string]>([
  ["with processes that serve directories", { kind: "shared" }, "memory-backend-memfd,share=on"],
  [
    "in a file that it writes to",
    { kind: "file", path: "/f,1", share: true },
    "memory-backend-file,mem-path=/f,,1,share=on",
  ],
  [
    "in a file that it leaves alone",
    { kind: "file", path: "/f", share: false },
    "memory-backend-file,mem-path=/f,share=off",
  ],
])("memory is shared %s", (_, backing, object) => {
  const [first] = values("-object", qemuArguments({ ...machine, backing }));
  expect(first).toBe(`${object},id=pc.ram,size=512M`);
});

test("every inherited descriptor is used once", () => {
  const args = qemuArguments({ ...machine, nics: [{ ...nic, descriptor: 8 }] }).join(" ");
  const used = [...args.matchAll(/fd=(\d+)/g)].map(([, descriptor]) => Number(descriptor));
  expect(used.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8]);
});
