import { expect, it } from "vitest";
import type { DeviceRule } from "../../../../system/device-rules.ts";
import { splitNumber } from "./offers.ts";
import { baseRules, withdrawnRules } from "./rules.ts";

const full: DeviceRule = { type: "c", major: 1, minor: 7, access: "rwm" };
const loop: DeviceRule = { type: "b", major: 7, minor: 0, access: "rwm" };

it("withdraws what nothing else allows", () => {
  expect(withdrawnRules([full, loop], baseRules([]))).toEqual([loop]);
  expect(withdrawnRules([loop], [...baseRules([]), loop])).toEqual([]);
});

it.each([
  [0x107, 1, 7],
  [0x700, 7, 0],
  [0x10_00_ff, 0, 511],
  [2 ** 32 * 0x1000 + 0x1ff, 0x1001, 255],
])("takes the device number %d apart", (number, major, minor) => {
  expect(splitNumber(number)).toEqual({ major, minor });
});
