import { expect, it } from "vitest";
import { bytesWritten } from "./watch-copying.ts";

it.each([
  ["rchar: 12\nwchar: 4096\nsyscr: 1\n", 4096],
  ["rchar: 12\nwchar: 0\nwrite_bytes: 8192\n", 8192],
  ["rchar: 12\n", undefined],
  ["", undefined],
])("a program that has ended, or tells nothing, has written no bytes that are known: %j", (io, bytes) => {
  expect(bytesWritten(io)).toBe(bytes);
});
