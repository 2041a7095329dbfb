import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allot, sum, type Vessel } from "./allot.ts";

const mebibyte = 2 ** 20;
const vessel = (most: number, more: Partial<Vessel> = {}): Vessel => ({
  ...{ least: 0, most: most * mebibyte, active: most * mebibyte, shares: 100 },
  ...more,
});
const divided = (vessels: readonly Vessel[], budget: number) =>
  allot(vessels, budget * mebibyte).map((bytes) => Math.round(bytes / mebibyte));

describe("a budget is divided", () => {
  it.each<[string, Vessel[], number, number[]]>([
    ["so that all have their most where it is enough", [vessel(100), vessel(300)], 400, [100, 300]],
    ["evenly where it is not", [vessel(500), vessel(500)], 400, [200, 200]],
    ["and what one does not want is for the others", [vessel(50), vessel(500)], 400, [50, 350]],
    ["by shares", [vessel(900, { shares: 100 }), vessel(900, { shares: 300 })], 400, [100, 300]],
    ["after the guarantees", [vessel(900, { least: 350 * mebibyte }), vessel(900)], 400, [350, 50]],
    [
      "which hold even where they do not fit",
      [vessel(900, { least: 350 * mebibyte }), vessel(900, { least: 90 * mebibyte })],
      400,
      [350, 90],
    ],
    // Of the second's 200 idle MiB a quarter as much is left to it as the level would give.
    ["with a tax on what lies idle", [vessel(400), vessel(300, { active: 100 * mebibyte })], 400, [260, 140]],
    ["among nobody", [], 400, []],
  ])("%s", (_, vessels, budget, expected) => {
    expect(divided(vessels, budget)).toEqual(expected);
  });
});

const size = fc.integer({ min: 0, max: 2 ** 14 }).map((n) => n * mebibyte);
const anyVessel = fc
  .record({ a: size, b: size, active: size, shares: fc.integer({ min: 1, max: 10_000 }) })
  .map(({ a, b, active, shares }) => ({ least: Math.min(a, b), most: Math.max(a, b), active, shares }));

describe("whatever is divided", () => {
  it("nobody has less than its least or more than its most, and all fit the budget where the leasts do", () => {
    fc.assert(
      fc.property(fc.array(anyVessel, { maxLength: 20 }), size, (vessels, budget) => {
        const parts = allot(vessels, budget);
        for (const [i, { least, most }] of vessels.entries()) {
          expect(parts[i]).toBeGreaterThanOrEqual(least);
          expect(parts[i]).toBeLessThanOrEqual(most);
        }
        expect(sum(parts)).toBeLessThanOrEqual(Math.max(budget, sum(vessels.map(({ least }) => least))));
      }),
    );
  });

  it("little of the budget is left while anybody wants more", () => {
    fc.assert(
      fc.property(fc.array(anyVessel, { minLength: 1, maxLength: 20 }), size, (vessels, budget) => {
        const wanted = Math.min(budget, sum(vessels.map(({ most }) => most)));
        expect(sum(allot(vessels, budget))).toBeGreaterThan(wanted - vessels.length * mebibyte);
      }),
    );
  });

  it("nobody gets less for more shares, and nobody else more", () => {
    fc.assert(
      fc.property(
        fc.array(anyVessel, { minLength: 1, maxLength: 8 }),
        size,
        fc.integer({ min: 1, max: 10 }),
        (vessels, budget, times) => {
          const [first, ...others] = vessels;
          if (!first) return;
          const before = allot(vessels, budget);
          const after = allot([{ ...first, shares: first.shares * times }, ...others], budget);
          // Whole pages: what another loses may be a page too much.
          const page = 4096;
          expect(after[0]).toBeGreaterThanOrEqual((before[0] ?? 0) - page);
          for (const i of others.keys()) expect(after[i + 1]).toBeLessThanOrEqual((before[i + 1] ?? 0) + page);
        },
      ),
    );
  });
});
