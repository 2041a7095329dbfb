import { expect, test } from "vitest";
import { growthOf } from "./growth.ts";

test("a line through points that lie on one", () => {
  const points = [1, 10, 100].map((count) => ({ count, cost: 5 + 0.25 * count }));
  const { first, each } = growthOf(points);
  expect([first, each].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([5, 0.25]);
});
