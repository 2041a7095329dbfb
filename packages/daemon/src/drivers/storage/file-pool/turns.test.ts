import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

it("runs tasks of one key one after another, also after a failure, and others meanwhile", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take("a", async () => {
    seen.push("first begins");
    await gate.promise;
    seen.push("first fails");
    throw new Error("first");
  });
  const second = turns.take("a", async () => seen.push("second"));
  await turns.take("b", async () => seen.push("other"));
  gate.resolve();
  await expect(first).rejects.toThrow("first");
  await second;
  expect(seen).toEqual(["first begins", "other", "first fails", "second"]);
});
