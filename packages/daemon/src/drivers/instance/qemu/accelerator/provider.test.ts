import { expect, test } from "vitest";
import { probeInitramfs } from "./probe-initramfs.ts";
import { cpuObstacle } from "./provider.ts";

test.each([
  ["flags\t\t: fpu vmx sse", undefined],
  ["processor : 0\nflags : fpu svm sse\nprocessor : 1\nflags : fpu svm sse", undefined],
  ["flags\t\t: fpu vmxoff sse", expect.stringContaining("no hardware virtualization")],
  ["", expect.stringContaining("no hardware virtualization")],
])("cpuinfo %j", (cpuinfo, expected) => {
  expect(cpuObstacle(cpuinfo)).toEqual(expected);
});

test("the probe's initramfs is a cpio archive with a program as its init", () => {
  const archive = probeInitramfs();
  expect(archive.subarray(0, 6).toString()).toBe("070701");
  expect(archive.includes("init\0")).toBe(true);
  expect(archive.includes("\x7fELF")).toBe(true);
  expect(archive.length % 4).toBe(0);
});
