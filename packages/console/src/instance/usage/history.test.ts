import type { InstanceHistory, InstanceSeries } from "@lodge/api";
import { expect, it } from "vitest";
import { askSince, figuresOf, joinHistory } from "./history.ts";

const instanceSeries = ["cpu", "memory_used", "memory_demand"] satisfies InstanceSeries[];
const begin = Date.parse("2026-01-01T00:00:00Z");

function history(second: number, points: readonly (number | null)[], step = 5): InstanceHistory {
  const series = Object.fromEntries(
    instanceSeries.map((name) => [name, [...points]]),
  ) as unknown as InstanceHistory["series"];
  return { start: new Date(begin + second * 1000).toISOString(), step, series };
}

it.each([
  ["what is new follows", history(0, [1, 2]), history(10, [3]), history(0, [1, 2, 3])],
  ["the later word counts", history(0, [1, 2]), history(5, [4, 5]), history(0, [1, 4, 5])],
  ["a clock that is a little off does not matter", history(0, [1, 2]), history(9.9, [3]), history(-0.1, [1, 2, 3])],
  ["after a gap nothing is invented", history(0, [1]), history(60, [2]), history(60, [2])],
  ["a clock that was set back begins anew", history(60, [1]), history(0, [2]), history(0, [2])],
  ["other steps begin anew", history(0, [1]), history(5, [2], 10), history(5, [2], 10)],
])("%s", (_title, before, news, joined) => expect(joinHistory(before, news)).toEqual(joined));

it("keeps an hour", () => {
  const all = joinHistory(history(0, Array(720).fill(1)), history(3600, [2, 3]));
  expect(all.series.cpu).toHaveLength(720);
  expect(all.series.cpu.slice(-3)).toEqual([1, 2, 3]);
  expect(all.start).toBe(history(10, []).start);
});

it("asks again for the points that may change", () =>
  expect(askSince(history(0, [1, 2, 3]))).toBe(history(5, []).start));

it.each([
  [[1, null, 3], { now: 3, most: 3, mean: 2 }],
  [[4, 0, null], { now: 0, most: 4, mean: 2 }],
  [[null], undefined],
  [[], undefined],
])("says of %o %o", (points, figures) => expect(figuresOf(points)).toEqual(figures));
