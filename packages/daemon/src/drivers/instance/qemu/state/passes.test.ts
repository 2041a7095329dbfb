import { expect, test } from "vitest";
import { passesFor } from "./passes.ts";

test.each([
  ["tcg", 7, "one"],
  ["tcg", 8, "one"],
  ["tcg", 9, "many"],
  ["tcg", 10, "many"],
  ["kvm", 7, "many"],
] as const)("%s of QEMU %i: %s", (accelerator, major, passes) => {
  expect(passesFor(accelerator, { major })).toBe(passes);
});
