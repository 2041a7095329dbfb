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

it("takes several keys at once, when all are free, and holds none while it waits", async () => {
  const lock = new KeyedLock<string>();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const held = lock.run("a", () => gate.promise);
  const both = lock.runAll(["a", "b"], async () => void order.push("both"));
  await lock.run("b", async () => void order.push("b"));
  gate.resolve();
  const after = lock.run("a", async () => void order.push("a"));
  await Promise.all([held, both, after]);
  expect(order[0]).toBe("b");
  expect(order.slice(1).sort()).toEqual(["a", "both"]);
});

it("tells who holds it that somebody waits, and whoever comes next that nobody does", async () => {
  const lock = new KeyedLock<string>();
  const order: string[] = [];
  const holding = () =>
    lock.run("a", async () => {
      order.push("holds");
      await lock.wanted("a");
      order.push("gives way");
    });
  const first = holding();
  const second = holding();
  await first;
  await lock.run("b", async () => {});
  expect(order).toEqual(["holds", "gives way", "holds"]);
  await lock.runAll(["a", "b"], async () => {});
  await second;
  expect(order.at(-1)).toBe("gives way");
});
