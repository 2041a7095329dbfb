import { expect, test } from "vitest";
import { parseExpiry } from "./expiry.ts";

const now = new Date("2026-01-02T03:04:05Z");

test.each([
  ["1d", "2026-01-03T03:04:05.000Z"],
  ["2w 3H", "2026-01-16T06:04:05.000Z"],
  ["30M", "2026-01-02T03:34:05.000Z"],
  ["90S", "2026-01-02T03:05:35.000Z"],
  ["1m", "2026-02-01T03:04:05.000Z"],
  ["2026-05-06T07:08:09Z", "2026-05-06T07:08:09.000Z"],
  ["2026-05-06 07:08+02:00", "2026-05-06T05:08:00.000Z"],
])("%s", (text, expected) => {
  expect(parseExpiry(text, now).toISOString()).toBe(expected);
});

test("a time without a zone is local, a date its beginning", () => {
  expect(parseExpiry("2026-05-06 07:08", now)).toEqual(new Date(2026, 4, 6, 7, 8));
  expect(parseExpiry("2026-05-06", now)).toEqual(new Date(2026, 4, 6));
});

test.each(["", "soon", "1", "1x", "d", "2026-13-01", "2026-05", "0S", "2020-01-01"])("refuses %j", (text) => {
  expect(() => parseExpiry(text, now)).toThrow(/must be a span|has passed/);
});
