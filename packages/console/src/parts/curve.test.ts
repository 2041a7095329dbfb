import { expect, it } from "vitest";
import { areasOf } from "./curve.tsx";

it.each([
  [[], []],
  [[null, null], []],
  [[1, 2], [[0, 2]]],
  [
    [null, 1, null, 2, 3, null],
    [
      [1, 2],
      [3, 5],
    ],
  ],
])("of %j knows %j", (points, areas) => expect(areasOf(points)).toEqual(areas));
