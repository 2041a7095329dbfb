import { expect, it } from "vitest";
import { Interruption } from "./interruption.ts";

const never = new Promise<never>(() => {});
const over = new Error("over");

it("lets promises be what they are, until it happens", async () => {
  const interruption = new Interruption();
  expect(await interruption.unless(Promise.resolve(1))).toBe(1);
  await expect(interruption.unless(Promise.reject(new Error("own")))).rejects.toThrow("own");
  const waiting = interruption.unless(never);
  interruption.happen(over);
  interruption.happen(new Error("again"));
  await expect(waiting).rejects.toBe(over);
  await expect(interruption.unless(Promise.resolve(1))).rejects.toBe(over);
});
