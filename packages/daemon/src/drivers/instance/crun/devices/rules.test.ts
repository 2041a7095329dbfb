import { expect, it } from "vitest";
import type { DeviceRule } from "../../../../system/device-rules.ts";
import { baseRules, withdrawnRules } from "./rules.ts";

const full: DeviceRule = { type: "c", major: 1, minor: 7, access: "rwm" };
const loop: DeviceRule = { type: "b", major: 7, minor: 0, access: "rwm" };

it("withdraws what nothing else allows", () => {
  expect(withdrawnRules([full, loop], baseRules([]))).toEqual([loop]);
  expect(withdrawnRules([loop], [...baseRules([]), loop])).toEqual([]);
});
