import { expect, it } from "vitest";
import { ForAWhile } from "./for-a-while.ts";

it("knows a key for some time after it was added, and keeps none that it does not know any more", () => {
  let now = 0;
  const known = new ForAWhile<string>(1000, () => new Date(now));
  known.add("a");
  now = 999;
  expect([known.has("a"), known.has("b")]).toEqual([true, false]);
  known.add("b");
  known.delete("b");
  expect([known.has("b"), known.size]).toEqual([false, 1]);
  now = 1000;
  expect(known.has("a")).toBe(false);
  known.add("c");
  expect(known.size).toBe(1);
});
