import { expect, test } from "vitest";
import { type Curve, longestWait, targetAt, violations } from "./memory-curves.ts";

const mebibyte = 2 ** 20;

/** A look each second: what it uses, what it may have. MiB. */
function curve(looks: readonly (readonly [used: number, target: number])[], from = 0): Curve {
  const points = looks.map(([used, target], at) => ({ at, used: used * mebibyte, target: target * mebibyte }));
  return { name: "one", works: { from, to: looks.length }, points };
}

test("what it may have is what the last change said", () => {
  const changes = [
    { at: 2, to: 20 },
    { at: 5, to: 50 },
  ];
  expect([0, 2, 4, 5, 9].map((at) => targetAt(at, 10, changes))).toEqual([10, 20, 20, 50, 50]);
});

test.each([
  [
    "it has room",
    [
      [50, 100],
      [60, 100],
      [70, 100],
    ],
    0,
  ],
  [
    "it is given more at the next look",
    [
      [95, 100],
      [100, 200],
      [190, 300],
    ],
    1,
  ],
  [
    "it is given nothing",
    [
      [95, 100],
      [100, 100],
      [100, 100],
      [100, 100],
    ],
    3,
  ],
  [
    "it is given something, then nothing",
    [
      [95, 100],
      [145, 150],
      [150, 150],
      [150, 150],
    ],
    2,
  ],
  [
    "it has what it needs",
    [
      [500, 500],
      [500, 500],
      [500, 500],
    ],
    0,
  ],
] as const)("%s", (_what, looks, seconds) => {
  expect(longestWait(curve(looks), 400 * mebibyte)).toBe(seconds);
});

test("who has no work does not wait", () => {
  expect(
    longestWait(
      curve(
        [
          [100, 100],
          [100, 100],
          [100, 100],
          [10, 100],
        ],
        2,
      ),
      400 * mebibyte,
    ),
  ).toBe(1);
});

test("less than its guarantee is a violation at each look", () => {
  expect(
    violations(
      curve([
        [1, 100],
        [1, 99],
        [1, 98],
      ]),
      100 * mebibyte,
    ),
  ).toBe(2);
});
