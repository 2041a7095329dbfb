import type { MachineSize } from "@lodge/core";
import { describe, expect, test } from "vitest";
import type { Growable } from "../hardware/growth.ts";
import { shortfall, sizeRefusal, spareRefusal } from "./plan-size.ts";

const size = (cpus: number, mebibytes: number): MachineSize => ({ cpus, memory: mebibytes * 2 ** 20 });
const fixed: Growable = size(2, 1024);
const roomy: Growable = { ...size(1, 512), room: { cpus: 4, reserve: 2 ** 30 } };

describe("a running machine", () => {
  test.each<[string, MachineSize, Growable, RegExp | undefined]>([
    ["without room keeps its size", size(2, 1024), fixed, undefined],
    ["without room has no other memory", size(2, 512), fixed, /without room/],
    ["without room has no other CPUs", size(1, 1024), fixed, /without room/],
    ["can have what it started with", size(1, 512), roomy, undefined],
    ["can have all that there is room for", size(4, 1536), roomy, undefined],
    ["can have less than a step beyond that", size(1, 1539), roomy, undefined],
    ["has no less memory than it started with", size(1, 511), roomy, /started with 512 MiB/],
    ["has no more memory than there is room for", size(1, 1540), roomy, /1536 MiB at most/],
    ["has no more CPUs than there are places", size(5, 512), roomy, /4 CPUs at most/],
  ])("%s", (_, asked, machine, why) => {
    const refusal = sizeRefusal(asked, machine);
    if (why) expect(refusal).toMatch(why);
    else expect(refusal).toBeUndefined();
  });
});

test.each<[MachineSize, MachineSize, string | undefined]>([
  [size(1, 512), size(1, 512), undefined],
  [size(1, 513), size(1, 512), undefined],
  [size(1, 768), size(1, 640), "it has 640 of 768 MiB"],
  [size(2, 512), size(1, 512), "it has 1 of 2 CPUs"],
  [size(2, 768), size(1, 640), "it has 640 of 768 MiB and 1 of 2 CPUs"],
])("asked for %j with %j: %s", (asked, has, words) => expect(shortfall(asked, has)).toBe(words));

test.each<[number, number | undefined, string | undefined]>([
  [100, 164, undefined],
  [101, 164, "its guest can do without 100 MiB, and not without 101"],
  [1, 10, "its guest can do without 0 MiB, and not without 1"],
  [1, undefined, "its guest does not answer, and nobody else knows what it can do without"],
])("%d MiB of %s that are available: %s", (bytes, available, words) => {
  const mebibyte = 2 ** 20;
  expect(spareRefusal(bytes * mebibyte, available === undefined ? undefined : available * mebibyte)).toBe(words);
});
