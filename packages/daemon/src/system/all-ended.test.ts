import { expect, test } from "vitest";
import { allEnded } from "./all-ended.ts";

test("a failure is told when the others have ended, too", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = false;
  const all = allEnded([Promise.reject(new Error("no")), promise]).finally(() => {
    told = true;
  });
  all.catch(() => undefined);
  await new Promise(setImmediate);
  expect(told).toBe(false);
  resolve();
  await expect(all).rejects.toThrow("no");
});

test("results are in their places", async () => {
  expect(await allEnded([Promise.resolve(1), "two"])).toEqual([1, "two"]);
});
