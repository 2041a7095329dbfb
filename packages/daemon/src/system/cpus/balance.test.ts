import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { balance, type Wish } from "./balance.ts";

const four = [0, 1, 2, 3];
const wish = (id: string, count: number, now: readonly number[] = [], among = four): Wish => ({
  ...{ id, count, now, among },
});
const placed = (wishes: readonly Wish[], named: readonly (readonly number[])[] = []) =>
  Object.fromEntries(balance(wishes, named));

describe("a number of CPUs", () => {
  it.each<[string, Wish[], number[][], Record<string, number[]>]>([
    ["is spread", [wish("a", 1), wish("b", 1), wish("c", 2)], [], { a: [0], b: [1], c: [2, 3] }],
    ["keeps off those that others have named", [wish("a", 2)], [[0, 1]], { a: [2, 3] }],
    ["stays where it is", [wish("a", 2, [1, 3])], [], { a: [1, 3] }],
    ["moves when that is fairer", [wish("a", 1, [0]), wish("b", 1, [0])], [], { a: [1], b: [0] }],
    ["gives up what is too much", [wish("a", 1, [2, 3])], [], { a: [2] }],
    ["is all when there are no more", [wish("a", 9)], [], { a: [0, 1, 2, 3] }],
    ["stays within its nodes", [wish("a", 2, [0, 1], [2, 3]), wish("b", 1)], [], { a: [2, 3], b: [0] }],
    ["of nobody is nothing", [], [[0]], {}],
  ])("%s", (_what, wishes, named, expected) => {
    expect(placed(wishes, named)).toEqual(expected);
  });

  const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 8 });
  const wishes = fc.array(fc.record({ count: fc.integer({ min: 1, max: 9 }), among: cpus, now: cpus }), {
    maxLength: 12,
  });

  it("is always met, and no CPU has two more than one that could take over", () => {
    fc.assert(
      fc.property(wishes, fc.array(cpus, { maxLength: 4 }), (wanted, named) => {
        const all = wanted.map((each, index) => ({ ...each, id: String(index) }));
        const result = balance(all, named);
        const load = (cpu: number) => [...result.values(), ...named].filter((set) => set.includes(cpu)).length;
        for (const { id, count, among } of all) {
          const set = result.get(id) ?? [];
          expect(set).toHaveLength(Math.min(count, among.length));
          expect(among).toEqual(expect.arrayContaining(set));
          for (const free of among.filter((cpu) => !set.includes(cpu))) {
            for (const cpu of set) expect(load(cpu) - load(free)).toBeLessThan(2);
          }
        }
      }),
    );
  });

  it("does not move anybody when it is asked again", () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const all = wanted.map((each, index) => ({ ...each, id: String(index) }));
        const once = balance(all, []);
        const again = balance(
          all.map((each) => ({ ...each, now: once.get(each.id) ?? [] })),
          [],
        );
        expect(again).toEqual(once);
      }),
    );
  });
});
