import { expect, test } from "vitest";
import { statusOf } from "./observe.ts";

test.each([
  ["running", "Running"],
  ["paused", "Frozen"],
  ["prelaunch", "Frozen"],
  ["io-error", "Error"],
  ["internal-error", "Error"],
  ["shutdown", "Running"],
] as const)("QEMU's %s is %s", (state, status) => {
  expect(statusOf(state)).toBe(status);
});
