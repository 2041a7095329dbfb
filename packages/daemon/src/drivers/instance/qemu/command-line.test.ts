import { expect, test } from "vitest";
import { escapeCommas, type MachineDescription, qemuArguments } from "./command-line.ts";

const machine: MachineDescription = {
  id: "0a1b2c3d",
  uuid: "5b0d0a44-62a5-4c0c-8f8a-0f0a3d1c2b1a",
  hostname: "web",
  sshKey: "ssh-ed25519 AAAAC3Nz",
  machine: "pc-q35-7.2",
  accelerator: "tcg",
  cpus: 2,
  memory: 512 * 2 ** 20 + 1,
  disk: "/l/a,b.qcow2",
  boot: { kind: "firmware" },
  nics: [],
  vnc: "/l/run,1/vnc",
  descriptors: { qmp: 3, agent: 4, ssh: 5, console: 6, consoleLog: 7 },
};
/** The values that follow an option, in order. */
const values = (option: string, args: readonly string[]) =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1]] : []));

test.each<[string, Partial<MachineDescription>, string, (string | undefined)[]]>([
  ["a versioned machine", {}, "-machine", ["pc-q35-7.2,usb=off,vmport=off"]],
  ["TCG", {}, "-accel", ["tcg,thread=multi,tb-size=128"]],
  ["TCG's CPU", {}, "-cpu", ["max"]],
  ["KVM", { accelerator: "kvm" }, "-accel", ["kvm"]],
  ["KVM's CPU", { accelerator: "kvm" }, "-cpu", ["host"]],
  ["CPUs", {}, "-smp", ["cpus=2,sockets=1,cores=2,threads=1"]],
  ["memory in whole MiB", {}, "-m", ["size=512M"]],
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
  ["a screen on a unix socket", {}, "-vnc", ["unix:/l/run,,1/vnc,share=ignore"]],
  ["no nic that was not asked for", {}, "-netdev", []],
  [
    "taps by descriptor",
    {
      nics: [
        { mac: "00:16:3e:00:00:01", mtu: 1500, descriptor: 8 },
        { mac: "00:16:3e:00:00:02", mtu: 1400, descriptor: 9 },
      ],
    },
    "-netdev",
    ["tap,id=net0,fd=8", "tap,id=net1,fd=9"],
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

test("every inherited descriptor is used once", () => {
  const args = qemuArguments(machine).join(" ");
  const used = [...args.matchAll(/fd=(\d+)/g)].map(([, descriptor]) => Number(descriptor));
  expect(used.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7]);
});

test("commas are doubled", () => {
  expect(escapeCommas("a,b,,c")).toBe("a,,b,,,,c");
});
