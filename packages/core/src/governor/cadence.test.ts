import { expect, it } from "vitest";
import { Cadence, hasMoved, pauseAfter } from "./cadence.ts";

const before = { available: 1000, pressure: 0, waited: 5_000_000 };

it.each([
  ["nothing was seen yet", undefined, before, true],
  ["all is as it was", before, before, false],
  ["a little was taken", before, { ...before, available: 999 }, false],
  ["more was taken", before, { ...before, available: 900 }, true],
  ["something was given back", before, { ...before, available: 2000 }, false],
  ["somebody waited", before, { ...before, waited: 5_100_000 }, true],
])("when %s", (_, was, is, expected) => {
  expect(hasMoved(was, is, 1000)).toBe(expected);
});

it.each([
  ["calm", 0, 1000],
  ["calm", 60, 1000],
  ["calm", 61, 2000],
  ["calm", 300, 5000],
  ["scarce", 300, 1000],
  ["moving", 6, 250],
  ["moving", 100, 400],
  ["moving", 300, 1000],
] as const)("while it is %s %d instances are looked at every %d ms", (bustle, instances, milliseconds) => {
  expect(pauseAfter(bustle, instances)).toBe(milliseconds);
});

it("looks again soon while something moves or the host says so, else after its pause", () => {
  const cadence = new Cadence();
  const due = (at: number, host = before) => cadence.isDue(at, host, 1000);
  expect(due(0)).toBe(true);
  expect(cadence.begin(0, before)).toBe(1);
  cadence.end("moving", 6);
  expect([due(200), due(250)]).toEqual([false, true]);
  expect(cadence.begin(250, before)).toBe(0.25);
  cadence.end("calm", 120);
  expect([due(2000), due(2250)]).toEqual([false, true]);
  expect([due(700, { ...before, waited: 6_000_000 }), due(729), due(730)]).toEqual([false, false, false]);
  expect(due(730, { ...before, waited: 6_000_000 })).toBe(true);
  expect(cadence.begin(9000, before)).toBe(1);
});

it("goes on when the clock is set back", () => {
  const cadence = new Cadence();
  cadence.begin(5000, before);
  expect(cadence.isDue(1000, before, 1000)).toBe(true);
  expect(cadence.begin(1000, before)).toBe(1);
});
