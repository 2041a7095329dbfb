import { expect, test } from "vitest";
import { isSerious } from "./port-links.ts";

test.each([
  ['ip -force: Cannot find device "nic05ab7f510"', false],
  ["Command failed -:1", false],
  ["ip -force: Command failed -:2", false],
  ["Dump was interrupted and may be inconsistent", false],
  ["RTNETLINK answers: No such file or directory", false],
  ["RTNETLINK answers: Operation not permitted", true],
])("%s: serious %s", (complaint, serious) => {
  expect(isSerious(complaint)).toBe(serious);
});
