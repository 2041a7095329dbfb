import { expect, it } from "vitest";
import { splitNumber } from "./device-number.ts";

it.each([
  [0x107, 1, 7],
  [0x700, 7, 0],
  [0x10_00_ff, 0, 511],
  [2 ** 32 * 0x1000 + 0x1ff, 0x1001, 255],
])("takes the device number %d apart", (number, major, minor) => {
  expect(splitNumber(number)).toEqual({ major, minor });
});
