import { expect, it } from "vitest";
import { calmRounds, hasMoved } from "./cadence.ts";

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
  [0, 1],
  [60, 1],
  [61, 2],
  [300, 5],
])("%d instances are looked at every %d rounds while nothing moves", (instances, rounds) => {
  expect(calmRounds(instances)).toBe(rounds);
});
