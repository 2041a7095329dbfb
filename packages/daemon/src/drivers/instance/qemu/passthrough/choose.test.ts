import type { InstanceDevice } from "@lodge/core";
import { expect, test } from "vitest";
import type { PciFunction } from "../../../../system/pci-functions.ts";
import { chooseFunctions } from "./choose.ts";

const found = (address: string, code: number, more: Partial<PciFunction> = {}): PciFunction => ({
  ...{ address, class: code, vendor: "10de", product: "2184" },
  ...more,
});
const host = [
  found("0000:00:02.0", 0x030000, { vendor: "8086", card: 0 }),
  found("0000:01:00.0", 0x030000, { card: 1 }),
  found("0000:01:00.1", 0x040300),
  found("0000:02:00.0", 0x020000),
];
const access = { uid: 0, gid: 0, mode: 0o660 };
const gpu = (more: object): InstanceDevice => ({ type: "gpu", name: "g", ...access, ...more });
const pci = (address: string, more: object = {}): InstanceDevice => ({
  ...{ type: "pci", name: "p", address, required: true },
  ...more,
});

test.each<[string, InstanceDevice[], string[]]>([
  ["a function by its address", [pci("0000:02:00.0")], ["p 0000:02:00.0"]],
  ["nothing for what need not be there", [pci("0000:09:00.0", { required: false })], []],
  ["a card with its sound", [gpu({ pci: "0000:01:00.0" })], ["g 0000:01:00.0 0000:01:00.1"]],
  ["a card by its maker", [gpu({ vendor: "8086" })], ["g 0000:00:02.0"]],
  ["a card by its number", [gpu({ card: 1 })], ["g 0000:01:00.0 0000:01:00.1"]],
  ["nothing for other devices", [{ type: "tpm", name: "t" }], []],
])("%s", (_what, devices, expected) => {
  const chosen = chooseFunctions(devices, host);
  expect(chosen.map(({ name, functions }) => [name, ...functions.map(({ address }) => address)].join(" "))).toEqual(
    expected,
  );
});

test.each<[string, InstanceDevice[], RegExp]>([
  ["an address that is none", [pci("0000:09:00.0")], /"p": the host has no PCI device 0000:09:00.0; "lspci -D"/],
  ["a card that is none", [gpu({ pci: "0000:02:00.0" })], /"g": the host has no such graphics card/],
  ["several cards", [gpu({})], /fits 0000:00:02.0, 0000:01:00.0; name one by its key pci/],
  ["one function twice", [gpu({ card: 1 }), pci("0000:01:00.1")], /"p": 0000:01:00.1 is given by device "g" already/],
])("%s is refused", (_what, devices, message) => {
  expect(() => chooseFunctions(devices, host)).toThrow(message);
});
