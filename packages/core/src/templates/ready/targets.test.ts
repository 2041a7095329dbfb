import { expect, it } from "vitest";
import { idleAfter, mostReady, readyTargets } from "./targets.ts";

const now = new Date("2026-01-02T03:04:05Z");
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);

it.each([
  ["none", [], 2, 8, {}],
  ["one kind", [["a", 0]], 2, 8, { a: 2 }],
  ["none when they are off", [["a", 0]], 0, 8, { a: 0 }],
  [
    "what was used last, where not all have room",
    [
      ["a", 2000],
      ["b", 1000],
      ["c", 3000],
    ],
    2,
    3,
    { b: 2, a: 1, c: 0 },
  ],
  [
    "none of what nobody used for long",
    [
      ["a", idleAfter],
      ["b", idleAfter - 1],
    ],
    1,
    8,
    { b: 1 },
  ],
] as const)("stand ready: %s", (_, uses, each, most, targets) => {
  const asked = uses.map(([key, since]) => ({ key: key as string, at: ago(since as number) }));
  expect(Object.fromEntries(readyTargets(asked, { each, most, now }))).toEqual(targets);
});

it("take a small share of the host's memory", () => {
  expect([1, 2, 8, 24, 512].map((gibibytes) => mostReady(gibibytes * 2 ** 30))).toEqual([0, 1, 5, 8, 8]);
});
