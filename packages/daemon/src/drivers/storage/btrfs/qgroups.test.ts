import { expect, it } from "vitest";
import { parseCount, parseUsage } from "./qgroups.ts";

it("reads what a subvolume takes", () => {
  const shown = `Qgroupid    Referenced    Exclusive   Path 
--------    ----------    ---------   ---- 
0/257          1064960        16384   roots/00000001/tree
`;
  expect(parseUsage(shown)).toEqual({ referenced: 1_064_960, exclusive: 16_384 });
  expect(parseUsage("ERROR: quotas not enabled")).toBeUndefined();
});

it("reads what was counted", () => {
  const shown = `     Total   Exclusive  Set shared  Filename
   1048576        4096     1044480  /pool/tree
`;
  expect(parseCount(shown)).toEqual({ referenced: 1_048_576, exclusive: 4096 });
  expect(parseCount("")).toBeUndefined();
});
