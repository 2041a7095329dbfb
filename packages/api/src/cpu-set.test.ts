import fc from "fast-check";
import { expect, it } from "vitest";
import { cpuCount, formatCpuSet, parseCpuLimit, parseCpuSet } from "./cpu-set.ts";

it.each([
  ["4", { count: 4 }],
  ["1", { count: 1 }],
  ["3-3", { set: [3] }],
  ["0-3", { set: [0, 1, 2, 3] }],
  ["0-3,8", { set: [0, 1, 2, 3, 8] }],
  ["8,1,0-1", { set: [0, 1, 8] }],
  ["0,2", { set: [0, 2] }],
])("limits.cpu=%s is %j", (value, limit) => {
  expect(parseCpuLimit(value)).toEqual(limit);
});

it.each(["", "0", "-1", "1.5", "3-1", "0-", "-3", "0,,1", "0,", "a", "0-3-5", "9000", "0-9000", "1 2", "0x3"])(
  "limits.cpu=%j is nothing",
  (value) => {
    expect(parseCpuLimit(value)).toBeUndefined();
  },
);

it.each([
  [[], ""],
  [[3], "3"],
  [[8, 0, 2, 1], "0-2,8"],
  [[1, 1, 2], "1-2"],
])("%j is written %s", (numbers, text) => {
  expect(formatCpuSet(numbers)).toBe(text);
});

it("reads what it writes", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1 }), (numbers) => {
      expect(parseCpuSet(formatCpuSet(numbers))).toEqual(numbers.toSorted((a, b) => a - b));
    }),
  );
});

it("never throws, and a set is never empty", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9,-]{0,12}$/)), (text) => {
      expect(parseCpuSet(text)?.length).not.toBe(0);
      expect(cpuCount(text, 7)).toBeGreaterThan(0);
    }),
  );
});

it.each([
  [undefined, 2],
  ["", 2],
  ["3", 3],
  ["0-3,8", 5],
])("limits.cpu=%j means %i CPUs where 2 are usual", (value, count) => {
  expect(cpuCount(value, 2)).toBe(count);
});
