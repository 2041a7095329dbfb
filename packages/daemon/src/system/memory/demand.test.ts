import { expect, test } from "vitest";
import { demandBetween, idleAfter, leastCache, momentAfter, restsAfter, stoodStill } from "./demand.ts";
import type { MemoryReading } from "./reading.ts";

const mebibyte = 2 ** 20;
const reading = (more: Partial<MemoryReading> = {}): MemoryReading => ({
  ...{ used: 400 * mebibyte, activeFile: 100 * mebibyte, inactiveFile: 200 * mebibyte, inactiveAnon: 50 * mebibyte },
  ...{ refaults: 0, cpu: 0, ...more },
});
const bounds = { target: 512 * mebibyte, most: 1024 * mebibyte, rest: 0, swap: false };
const working = (more: Partial<MemoryReading> = {}, at = 0) => ({ at, reading: reading(more), workedAt: at });

test("asked for the first time it has no rates", () => {
  expect(demandBetween(undefined, working({ refaults: 1e6, stalled: 5e6 }), bounds)).toEqual({
    used: 400 * mebibyte,
    workingSet: 200 * mebibyte,
    pressure: 0,
    refaults: 0,
    target: bounds.target,
    least: 100 * mebibyte + leastCache,
    most: bounds.most,
  });
});

test("rates are those since it was asked before", () => {
  const [before, now] = [
    working({ refaults: 1000, stalled: 100_000 }),
    working({ refaults: 3000, stalled: 350_000 }, 500),
  ];
  expect(demandBetween(before, now, bounds)).toMatchObject({ refaults: 4000, pressure: 0.5 });
});

test("waiting is guessed from what comes back where the kernel does not measure it", () => {
  const at = (refaults: number) => demandBetween(working(), working({ refaults }, 1000), bounds).pressure;
  expect([at(0), at(10_000), at(1e9)]).toEqual([0, 0.2, 1]);
});

test("a group that was made anew begins anew", () => {
  const demand = demandBetween(working({ refaults: 900, stalled: 900 }), working({ stalled: 0 }, 1000), bounds);
  expect(demand).toMatchObject({ refaults: 0, pressure: 0 });
});

test("with swap it can do with less", () => {
  const { workingSet, least } = demandBetween(undefined, working(), { ...bounds, swap: true });
  expect({ workingSet, least }).toEqual({ workingSet: 150 * mebibyte, least: 50 * mebibyte + leastCache });
});

test("its least is never above its limit", () => {
  expect(demandBetween(undefined, working(), { ...bounds, most: 64 * mebibyte }).least).toBe(64 * mebibyte);
});

test.each([
  [0, 200],
  [restsAfter, 200],
  [(restsAfter + idleAfter) / 2, 150],
  [idleAfter, 100],
  [10 * idleAfter, 100],
])("who has rested for %d ms works with %d MiB: with ever fewer of its files", (rest, mebibytes) => {
  expect(demandBetween(undefined, working(), { ...bounds, rest }).workingSet).toBe(mebibytes * mebibyte);
});

test("who uses less than the timers of an idle system need does not work", () => {
  const begun = momentAfter(undefined, 7, reading());
  expect(momentAfter(begun, 5007, reading({ cpu: 1e6 })).workedAt).toBe(7);
  expect(momentAfter(begun, 5007, reading({ cpu: 1e9 })).workedAt).toBe(5007);
});

test("stands still as long as it uses no CPU time and no other memory", () => {
  const moment = momentAfter(undefined, 0, reading({ cpu: 7 }));
  expect(stoodStill(moment, 7, 400 * mebibyte)).toBe(true);
  expect(stoodStill(moment, 8, 400 * mebibyte)).toBe(false);
  expect(stoodStill(moment, 7, 4096)).toBe(false);
});
