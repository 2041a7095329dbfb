import { expect, it } from "vitest";
import { labelOf } from "./superblock.ts";

it("finds the label", () => {
  const block = Buffer.alloc(4096);
  expect(labelOf(block)).toBeUndefined();
  block.write("_BHRfS_M", 0x40, "latin1");
  expect(labelOf(block)).toBe("");
  block.write("lodge-012345-fast", 0x12b);
  expect(labelOf(block)).toBe("lodge-012345-fast");
});
