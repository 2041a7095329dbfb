import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Series } from "./series.ts";

it("gives back what was put, and nothing for what was not", () => {
  const series = new Series(2);
  series.put(1000, [1, 10]);
  series.put(1001, [2, undefined]);
  series.put(1003, [4, 40]);
  expect(series.means(0, 998, 1005, 1)).toEqual([null, null, 1, 2, null, 4, null]);
  expect(series.means(1, 1000, 1004, 1)).toEqual([10, null, null, 40]);
  expect(series.means(0, 1000, 1004, 2)).toEqual([1.5, 4]);
  expect(series.means(1, 1001, 1003, 2)).toEqual([null]);
  expect(series.last).toBe(1003);
});

it("holds an hour of ten figures in less than 30 KiB, and a short life in 2", () => {
  const series = new Series(10);
  series.put(5, [1]);
  expect(series.bytes).toBeLessThan(2 << 10);
  for (let step = 6; step < 2000; step++) series.put(step, [step]);
  expect(series.bytes).toBeLessThan(30 << 10);
  expect(series.means(0, 1279, 1281, 1)).toEqual([null, 1280]);
  expect(series.means(0, 1999, 2001, 1)).toEqual([1999, null]);
});

it("remembers the last 720 steps of any that come one after the other", () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), gaps, (begin, steps) => {
      const series = new Series(1);
      const put = new Set<number>();
      let step = begin;
      for (const gap of [0, ...steps]) {
        step += gap;
        series.put(step, [step % 1000]);
        put.add(step);
      }
      const from = step - 800;
      const expected = Array.from({ length: 801 }, (_, at) =>
        put.has(from + at) && from + at > step - 720 ? (from + at) % 1000 : null,
      );
      expect(series.means(0, from, step + 1, 1)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
