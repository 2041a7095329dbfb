import { describe, expect, it } from "vitest";
import { nextName, patternAt } from "./name-pattern.ts";

const at = new Date(2026, 10, 6, 13, 4, 9);

describe("patterns", () => {
  it.each([
    ["snap%d", "snap%d"],
    ["auto-{{ creation_date|date:'2006-01-02_15-04-05' }}", "auto-2026-11-06_13-04-09"],
    ['{{creation_date | date:"20060102"}}', "20261106"],
    ["{{ creation_date|date:'Mon-2-Jan-06' }}-%d", "Fri-6-Nov-26-%d"],
    ["{{ creation_date|date:'Monday_3-4PM' }}", "Friday_1-4PM"],
    ["{{ creation_date|date:'January' }}", "November"],
  ])("%s", (pattern, rendered) => {
    expect(patternAt(pattern, at)).toBe(rendered);
  });

  it.each(["%d-%d", "{{ creation_date }}", "{{ name }}", "a{b", "{{ creation_date|date:'2006' }"])(
    "refuses %s",
    (pattern) => {
      expect(patternAt(pattern, at)).toBeUndefined();
    },
  );

  it.each([
    ["snap%d", [], "snap0"],
    ["snap%d", ["snap0", "snap7", "snapx", "snap1234567890"], "snap8"],
    ["a%db", ["a1b", "ab", "a4c"], "a2b"],
    ["daily", [], "daily"],
    ["daily", ["daily"], "daily-0"],
    ["daily", ["daily", "daily-0"], "daily-1"],
  ])("after %s comes, beside %j, %s", (pattern, taken, name) => {
    expect(nextName(pattern, taken)).toBe(name);
  });
});
