import { expect, test } from "vitest";
import { holdsOwnClusters } from "./choose.ts";

const base = { start: 0, length: 65536, depth: 1, present: true, zero: false, data: true };

test.each([
  ["nothing is mapped", [], false],
  ["all comes from the base", [base], false],
  ["a gap in both", [{ ...base, depth: 1, present: false, zero: true, data: false }], false],
  ["a gap in a disk without base", [{ ...base, depth: 0, present: false, zero: true, data: false }], false],
  ["data of its own", [base, { ...base, depth: 0 }], true],
  ["zeros written over the base", [{ ...base, depth: 0, present: true, zero: true, data: false }], true],
  [
    "an older qemu-img, which does not say `present`",
    [{ start: 0, length: 1, depth: 0, zero: false, data: true }],
    true,
  ],
])("own clusters: %s", (_what, map, expected) => {
  expect(holdsOwnClusters(JSON.stringify(map), 1)).toBe(expected);
});

test.each([
  ["all comes from the image", [{ ...base, depth: 3 }], false],
  [
    "a snapshot's layer holds some",
    [
      { ...base, depth: 3 },
      { ...base, depth: 2 },
    ],
    true,
  ],
  ["the topmost layer does", [{ ...base, depth: 0 }], true],
])("own clusters of a disk with two snapshots: %s", (_what, map, expected) => {
  expect(holdsOwnClusters(JSON.stringify(map), 3)).toBe(expected);
});
