import { expect, test } from "vitest";
import { summarise } from "./summary.mjs";

/**
 * @param {"passed" | "failed" | "skipped"} state
 * @param {string} name
 */
const outcome = (state, name, note = "") => ({ project: "unit", file: "a.test.ts", name, state, note });

test("the last line counts", () => {
  const { lines, ok } = summarise([outcome("passed", "x"), outcome("skipped", "y", "no KVM here")], []);
  expect(lines).toEqual(["skipped: a.test.ts > y: no KVM here", "1 passed, 0 failed, 1 skipped"]);
  expect(ok).toBe(true);
});

test("a failure, a skip without reason and a run without tests are not fine", () => {
  expect(summarise([outcome("passed", "x"), outcome("failed", "y")], []).ok).toBe(false);
  expect(summarise([outcome("passed", "x"), outcome("skipped", "y")], [])).toEqual({
    lines: ["failed: a.test.ts > y: skipped without a reason", "1 passed, 1 failed, 1 skipped"],
    ok: false,
  });
  expect(summarise([], []).ok).toBe(false);
});

test("what must run and is skipped or missing fails", () => {
  const outcomes = [outcome("passed", "x"), outcome("skipped", "y", "no root")];
  expect(summarise(outcomes, ["a.test.ts"]).ok).toBe(false);
  expect(summarise(outcomes, ["a.test.ts > x"]).ok).toBe(true);
  expect(summarise(outcomes, ["b.test.ts"]).lines).toContain("failed: b.test.ts: must run and did not");
});
