import { expect, test } from "vitest";
import type { MachineRecord } from "./machine-record.ts";
import { refuseState, type StateQuestion } from "./refusal.ts";

const disk = { name: "data", bus: "virtio-blk", readonly: false, cdrom: false, place: "port1" } as const;
const layout = {
  ...{ root: { ...disk, name: "root" }, disks: [], nics: [], functions: [], shares: [], ports: {}, portCount: 8 },
  rootFirst: true,
};
const machine: MachineRecord = {
  ...{ machine: "pc-q35-7.2", accelerator: "tcg", processor: { kind: "all" }, cpus: 1, memory: 2 ** 28 },
  ...{ windows: false, boot: { kind: "firmware", platform: "bios", secureBoot: false }, layout, tpm: false, raw: "" },
};
const ask = (more: Partial<StateQuestion>) => refuseState({ machine, blocked: [], use: "fork", agent: true, ...more });

test.each<[string, Partial<StateQuestion>, RegExp | undefined]>([
  ["nothing", {}, undefined],
  ["an earlier version's run", { machine: undefined }, /earlier version/],
  ["a device that nobody knows", { unknown: "usb1" }, /"usb1"/],
  ["a TPM", { machine: { ...machine, tpm: true } }, /TPM/],
  ["the user's own arguments", { machine: { ...machine, raw: "-device x" } }, /raw\.qemu/],
  [
    "a share",
    { machine: { ...machine, layout: { ...layout, shares: [{ name: "s", place: "port2" }] } } },
    /shared directory/,
  ],
  ["what QEMU cannot move", { blocked: ["non-migratable device: 0000:00:05.0/nvme"] }, /nvme/],
  ["a device of the host", { hostDevice: "key", unknown: "key", blocked: ["VFIO"] }, /"key" is one of the host/],
  ["something else", { blocked: ["something else"] }, /QEMU says: something else/],
  ["what serves a directory", { blocked: ["Migration is disabled: vhost-user-fs"] }, /shared directory/],
  ["a disk that is written to", { machine: { ...machine, layout: { ...layout, disks: [disk] } } }, /"data"/],
  [
    "one in a stopped machine",
    { machine: { ...machine, layout: { ...layout, disks: [disk] } }, use: "stop" },
    undefined,
  ],
  [
    "one that is only read",
    { machine: { ...machine, layout: { ...layout, disks: [{ ...disk, readonly: true }] } } },
    undefined,
  ],
  ["a fork in huge pages", { machine: { ...machine, hugePages: true } }, /huge pages/],
  ["a fork of Windows", { machine: { ...machine, windows: true } }, /Windows/],
  ["a fork without an agent", { agent: false }, /guest agent/],
  ["a snapshot without an agent", { agent: false, use: "snapshot" }, undefined],
])("%s", (_, question, reason) => {
  if (reason) expect(ask(question)).toMatch(reason);
  else expect(ask(question)).toBeUndefined();
});
