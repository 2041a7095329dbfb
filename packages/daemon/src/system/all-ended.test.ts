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

test("of several failures the first step's is told, whichever came first", async () => {
  const { promise, reject } = Promise.withResolvers<void>();
  const all = allEnded([promise, Promise.reject(new Error("second"))]);
  all.catch(() => undefined);
  await new Promise(setImmediate);
  reject(new Error("first"));
  await expect(all).rejects.toThrow("first");
});

test("results are in their places", async () => {
  expect(await allEnded([Promise.resolve(1), "two"])).toEqual([1, "two"]);
});
