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

it("asks what takes long to make way, whether it has begun or not", async () => {
  const turns = new Turns();
  const untilWanted = (wanted: AbortSignal) =>
    new Promise<string>((resolve) => {
      if (wanted.aborted) resolve("wanted at once");
      wanted.addEventListener("abort", () => resolve("made way"));
    });
  const first = turns.takeYielding("a", untilWanted);
  await new Promise(setImmediate);
  const second = turns.takeYielding("a", untilWanted);
  const third = turns.take("a", async () => "had it");
  expect(await Promise.all([first, second, third])).toEqual(["made way", "wanted at once", "had it"]);
  expect(await turns.takeYielding("a", async ({ aborted }) => aborted)).toBe(false);
});
