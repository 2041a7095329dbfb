import fc from "fast-check";
import { expect, test } from "vitest";
import { quantile, ratio, summarise } from "./statistics.ts";

test.each([
  { values: [7], median: 7, low: 7, high: 7 },
  { values: [1, 2], median: 1.5, low: 1.25, high: 1.75 },
  { values: [3, 1, 2], median: 2, low: 1.5, high: 2.5 },
  { values: [5, 1, 4, 2, 3], median: 3, low: 2, high: 4 },
])("median and quartiles of $values", ({ values, median, low, high }) => {
  expect(summarise(values)).toMatchObject({ count: values.length, median, low, high });
});

test("one disturbed round moves neither median nor quartiles far", () => {
  expect(summarise([10, 11, 10, 12, 5000])).toMatchObject({ median: 11, low: 10, high: 12, most: 5000 });
});

test("quantiles keep their order and their bounds", () => {
  const values = fc.array(fc.double({ noNaN: true, min: 0, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(values, (some) => {
      const { least, low, median, high, most } = summarise(some);
      const order = [Math.min(...some), least, low, median, high, most, Math.max(...some)];
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }),
  );
});

test("nothing has no quantile", () => {
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

const measured = (...values: readonly number[]) => values.map((value, round) => ({ round, value }));

test("a ratio compares each round with itself", () => {
  // The machine became ten times slower in the middle of the run; both did.
  expect(ratio(measured(10, 10, 100, 100), measured(50, 50, 500, 500))).toMatchObject({ median: 5, low: 5, high: 5 });
});

test("rounds that only one has are left out", () => {
  expect(ratio([{ round: 1, value: 2 }], measured(9, 6, 9))).toMatchObject({ count: 1, median: 3 });
  expect(ratio(measured(), measured(1))).toBeUndefined();
});
