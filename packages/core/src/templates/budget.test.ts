import { expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { evicted } from "./budget.ts";

const template = (id: string, size: number, used: number) => ({
  id: id as InstanceId,
  size,
  lastUsedAt: new Date(used),
});
const all = [template("old", 10, 1), template("new", 10, 3), template("middle", 10, 2)];

it.each([
  [30, []],
  [29, ["old"]],
  [15, ["middle", "old"]],
  [5, ["new", "middle", "old"]],
])("in %i bytes all but %j have room", (budget, gone) => {
  expect(evicted(all, budget)).toEqual(gone);
});
