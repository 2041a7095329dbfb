import { expect, test } from "vitest";
import { renderPage, wrapped } from "./page.ts";

test("labels are aligned, what is empty is left out", () => {
  expect(
    renderPage([
      ["A", "1"],
      ["Empty", ""],
      ["Long", ["2", "3"]],
    ]),
  ).toBe("A:    1\nLong: 2\n      3");
});

test("text is broken between words; a long word stays whole", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("a longerword b", 5)).toEqual(["a", "longerword", "b"]);
  expect(wrapped("one line", Number.POSITIVE_INFINITY)).toEqual(["one line"]);
});
