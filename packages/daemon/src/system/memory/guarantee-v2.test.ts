import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { guaranteeV2, settleGuarantees } from "./guarantee-v2.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "lodge-guarantee-"));
  for (const group of ["", "00000001", "00000002"]) {
    mkdirSync(join(base, group), { recursive: true });
    writeFileSync(join(base, group, "memory.min"), "0\n");
  }
});
afterEach(() => rmSync(base, { recursive: true }));
const written = (group: string) => Number.parseInt(readFileSync(join(base, group, "memory.min"), "utf8"), 10);

test("the group above has what all in it have together", async () => {
  await guaranteeV2(base, "00000001", 111_111);
  await guaranteeV2(base, "00000002", 222_222);
  expect(["", "00000001", "00000002"].map(written)).toEqual([333_333, 111_111, 222_222]);
  rmSync(join(base, "00000001"), { recursive: true });
  await settleGuarantees(base);
  expect(written("")).toBe(222_222);
});

test("a kernel without guarantees, or a group that is gone, is no failure", async () => {
  await guaranteeV2(base, "00000003", 1);
  rmSync(join(base, "memory.min"));
  await guaranteeV2(base, "00000001", 1);
});
