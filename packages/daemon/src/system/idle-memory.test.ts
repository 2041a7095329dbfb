import { expect, it } from "vitest";
import { IdleMemory } from "./idle-memory.ts";

/** How many there were after each look; sizes in MiB. */
function collections(...steps: readonly (readonly [size: number, busy: number])[]): number[] {
  const mebibyte = 2 ** 20;
  const heap = { size: 0, collections: 0 };
  const memory = new IdleMemory({
    size: () => heap.size * mebibyte,
    used: () => 30 * mebibyte,
    collect: () => {
      heap.collections++;
    },
  });
  return steps.map(([size, busy]) => {
    heap.size = size;
    memory.look(busy);
    return heap.collections;
  });
}

it("is given back when a burst of work is over", () => {
  expect(collections([20, 0], [180, 0.9], [180, 0.05], [40, 0.05])).toEqual([0, 0, 1, 1]);
});

it("is left alone while little would come of it", () => {
  expect(collections([31, 0], [31, 0])).toEqual([0, 0]);
});

it("is not asked for all the time when V8 keeps what it has", () => {
  const kept = Array.from({ length: 12 }, () => [100, 0] as const);
  expect(collections(...kept)).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
});
