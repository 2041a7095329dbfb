import { expect, it } from "vitest";
import { bootRegion } from "./direct-boot.ts";
import { rangeNode } from "./disk-range.ts";

it("names a range of a disk as a block node", () => {
  const node = rangeNode({ path: '/a "b",c.qcow2', format: "qcow2" }, { start: 512, length: 1024 });
  expect(JSON.parse(node.replace(/^json:/, ""))).toEqual({
    driver: "raw",
    offset: 512,
    size: 1024,
    file: { driver: "qcow2", file: { driver: "file", filename: '/a "b",c.qcow2' } },
  });
});

it("leaves the partition table and the root partition out of what decides the boot", () => {
  const linux = "0fc63daf-8483-4772-8e79-3d69d8477de4";
  const boot = { number: 3, name: "lodge-boot", type: linux, start: 3000, length: 500 };
  const partitions = [
    { number: 1, name: "", type: "21686148-6449-6e6f-744e-656564454649", start: 1000, length: 100 },
    { number: 2, name: "", type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", start: 2000, length: 100 },
    boot,
    { number: 4, name: "lodge-root", type: linux, start: 3500, length: 10_000 },
  ];
  expect(bootRegion(partitions, boot)).toEqual({ start: 1000, length: 2500 });
});
