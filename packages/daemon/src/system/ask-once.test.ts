import { expect, it } from "vitest";
import { askOnce } from "./ask-once.ts";

it("remembers the answer, and no failure", async () => {
  const answers = [() => Promise.reject(new Error("full")), async () => "yes", async () => "no"];
  const ask = askOnce(() => (answers.shift() ?? (async () => "none"))());
  await expect(ask()).rejects.toThrow("full");
  expect(await Promise.all([ask(), ask()])).toEqual(["yes", "yes"]);
  expect(await ask()).toBe("yes");
});
