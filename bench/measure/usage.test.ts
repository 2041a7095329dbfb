import { expect, test } from "vitest";
import { heldMemory, processorSeconds } from "./usage.ts";

test("v1", () => {
  expect(processorSeconds(1, "1500000000\n")).toBe(1.5);
  const text =
    "cache 90\nrss 1\nmapped_file 2\ntotal_cache 900\ntotal_rss 100\ntotal_rss_huge 7\ntotal_mapped_file 20\n";
  expect(heldMemory(1, text)).toBe(120);
});

test("v2", () => {
  expect(processorSeconds(2, "usage_usec 2500000\nuser_usec 1\n")).toBe(2.5);
  expect(heldMemory(2, "anon 100\nfile 900\nanon_thp 5\nfile_mapped 20\n")).toBe(120);
});
