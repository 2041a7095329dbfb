import { expect, test } from "vitest";
import { parseStat } from "./host-process.ts";

const stat = (name: string, state: string) =>
  `77 (${name}) ${state} 1 77 77 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 4 0 123456 1000 10 18446744073709551615`;

test.each([
  ["qemu-system-x86", "S", { pid: 77, startTime: 123456 }],
  ["a) Z 1 (b", "R", { pid: 77, startTime: 123456 }],
  ["qemu-system-x86", "Z", undefined],
])("process %s in state %s", (name, state, expected) => {
  expect(parseStat(77, stat(name, state))).toEqual(expected);
});
