import { expect, it } from "vitest";
import { directoriesOf } from "./dropped.ts";

it("makes a directory before what is in it, and none twice", () =>
  expect(directoriesOf([{ path: "b/c/1" }, { path: "a" }, { path: "b/2" }, { path: "b/c/3" }])).toEqual(["b", "b/c"]));
