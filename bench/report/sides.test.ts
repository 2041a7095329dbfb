import { expect, test } from "vitest";
import { compareSides } from "./sides.ts";
import { timesTable } from "./table.ts";
import { entryOf, runOf } from "./testing.ts";

const turn = (side: string, ...milliseconds: readonly number[]) => ({
  side,
  records: runOf([entryOf("by the API", milliseconds)]),
});

test("two builds that take turns are two ways of doing the same", () => {
  const turns = [turn("old", 10, 12), turn("new", 20, 24), turn("new", 20, 24), turn("old", 10, 12)];
  const [first, second] = compareSides(turns, ["old", "new"]);
  expect(first).toMatchObject({ figure: "by the API: first reply", entry: "old" });
  expect(first?.samples.map(({ round, milliseconds }) => [round, milliseconds])).toEqual([
    ...[
      [0, 10],
      [1, 12],
    ],
    ...[
      [2, 10],
      [3, 12],
    ],
  ]);
  expect(second?.samples.map(({ milliseconds }) => milliseconds)).toEqual([20, 24, 20, 24]);
  expect(timesTable(compareSides(turns, ["old", "new"]))).toContain("2.0 ×");
});

test("what one build cannot do is left out", () => {
  const alone = { side: "new", records: runOf([entryOf("a new way", [3])]) };
  expect(compareSides([turn("old", 1), turn("new", 2), alone], ["old", "new"]).map(({ figure }) => figure)).toEqual([
    "by the API: first reply",
    "by the API: first reply",
  ]);
});
