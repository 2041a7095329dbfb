import { expect, it } from "vitest";
import { Remembered } from "./remembered.ts";

function counted() {
  let now = 0;
  let found = 0;
  const remembered = new Remembered<string, number>(() => now);
  const of = (maxAge: number) => remembered.of("a", maxAge, async () => ++found);
  return {
    of,
    forget: () => remembered.forget("a"),
    pass: (milliseconds: number) => (now += milliseconds),
    remembered,
  };
}

it("is as old as it may be, and no older", async () => {
  const { of, pass } = counted();
  expect(await of(100)).toBe(1);
  pass(99);
  expect(await of(100)).toBe(1);
  expect(await of(99)).toBe(2);
  pass(1_000_000);
  expect(await of(Number.POSITIVE_INFINITY)).toBe(2);
  expect(await of(0)).toBe(3);
});

it("is found out anew after a change, also where that came meanwhile", async () => {
  const { of, forget } = counted();
  const before = of(1000);
  forget();
  expect([await before, await of(1000)]).toEqual([1, 2]);
});

it("is found out once for all who ask at once", async () => {
  const { of } = counted();
  expect(await Promise.all([of(1), of(1)])).toEqual([1, 1]);
});

it("keeps no failure", async () => {
  const { remembered, of } = counted();
  await expect(remembered.of("a", 1000, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await of(1000)).toBe(1);
});
