import { expect, it } from "vitest";
import { defaultSize } from "./loop-file.ts";

const gibibyte = 2 ** 30;

it.each([
  [1, 5],
  [60, 12],
  [500, 30],
])("with %d GiB free a pool gets %d", (free, size) => {
  expect(defaultSize(free * gibibyte)).toBe(size * gibibyte);
});
