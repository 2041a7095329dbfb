import { expect, it } from "vitest";
import { timeAfter } from "./time-span.ts";

const from = new Date(2026, 0, 15, 12, 0, 0);

it.each([
  ["30S", new Date(2026, 0, 15, 12, 0, 30)],
  ["5M", new Date(2026, 0, 15, 12, 5, 0)],
  ["2H", new Date(2026, 0, 15, 14, 0, 0)],
  ["1d", new Date(from.getTime() + 86_400_000)],
  ["2w", new Date(from.getTime() + 14 * 86_400_000)],
  ["1m", new Date(2026, 1, 15, 12, 0, 0)],
  ["6y", new Date(2032, 0, 15, 12, 0, 0)],
  ["1H 30M", new Date(2026, 0, 15, 13, 30, 0)],
])("%s", (span, end) => {
  expect(timeAfter(from, span)).toEqual(end);
});

it.each(["", "1", "d", "1D", "1d,2d", "-1d", "9999999d", "999999y"])("refuses %j", (span) => {
  expect(timeAfter(from, span)).toBeUndefined();
});
