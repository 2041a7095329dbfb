import { expect, test } from "vitest";
import { KnownRows } from "./known-rows.ts";

test("a row is understood anew when one of its columns has changed, and no other is", () => {
  const understood: unknown[] = [];
  const rows = new KnownRows(
    ({ id }) => `${id}`,
    (read) => {
      understood.push(read["id"]);
      return { ...read };
    },
  );
  const [a, b] = rows.all([
    { id: 1, name: "a" },
    { id: 2, name: "b" },
  ]);
  expect(
    rows.all([
      { id: 1, name: "a" },
      { id: 2, name: "c" },
    ]),
  ).toEqual([a, { id: 2, name: "c" }]);
  expect(rows.some([{ id: 1, name: "a" }])[0]).toBe(a);
  expect(b).toEqual({ id: 2, name: "b" });
  expect(understood).toEqual([1, 2, 2]);
});

test("what is gone from a table is not kept", () => {
  let understood = 0;
  const rows = new KnownRows(
    ({ id }) => `${id}`,
    () => ++understood,
  );
  rows.all([{ id: 1 }]);
  rows.all([]);
  expect(rows.some([{ id: 1 }])).toEqual([2]);
});
