import { expect, test } from "vitest";
import { turns } from "./order.ts";

test("warm-ups, then A B A B", () => {
  const order = turns(["A", "B"], { warmUp: 1, measured: 2 });
  expect(order.map(({ entry, round }) => `${entry}${round ?? "-"}`)).toEqual(["A-", "B-", "A0", "B0", "A1", "B1"]);
});

test("none, when there is nobody to take one", () => {
  expect(turns([], { warmUp: 1, measured: 5 })).toEqual([]);
});
