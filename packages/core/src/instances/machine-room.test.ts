import { expect, test } from "vitest";
import { bootMemory, machineRoom } from "./machine-room.ts";

const mebibyte = 2 ** 20;

test.each([
  [128, 128],
  [256, 256],
  [300, 256],
  [512, 256],
  [1024, 512],
  [8192, 4096],
])("of %i MiB %i are there at the boot", (memory, boot) => {
  expect(bootMemory(memory * mebibyte)).toBe(boot * mebibyte);
});

test("a machine may come to have what its host has", () => {
  const host = { cpus: 4, memory: 7.5 * 2 ** 30, raw: false };
  expect(machineRoom({ "limits.memory": "2GiB" }, host)).toEqual({ cpus: 4, memory: 2 ** 33, boot: 2 ** 30 });
});
