import { expect, it } from "vitest";
import { KeyedLock } from "./lock.ts";

it("lets one at a time work on a key, in order, also after a failure", async () => {
  const lock = new KeyedLock<string>();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run("a", async () => {
    await gate.promise;
    order.push("first");
    throw new Error("failed");
  });
  const second = lock.run("a", async () => void order.push("second"));
  const other = lock.run("b", async () => void order.push("other"));
  await other;
  gate.resolve();
  await expect(first).rejects.toThrow("failed");
  await second;
  expect(order).toEqual(["other", "first", "second"]);
});
