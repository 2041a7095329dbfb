import { expect, test } from "vitest";
import { readGuestSize } from "./guest-size.ts";

test.each<[string, ReturnType<typeof readGuestSize>]>([
  ["cpus 0\nmemory 1024\navailable 512\n", { cpus: 1, memory: 2 ** 20, available: 2 ** 19 }],
  ["cpus 0-3,6\nmemory 2048\n", { cpus: 5, memory: 2 ** 21, available: 0 }],
  ["cpus 0-1\n", undefined],
  ["memory 5\n", undefined],
  ["cpus much\nmemory 5\n", undefined],
  ["", undefined],
])("%j says %j", (text, size) => expect(readGuestSize(text)).toEqual(size));
