import { describe, expect, it } from "vitest";
import { isDue, parseSchedule } from "./schedule.ts";

/** A Thursday. */
const thursday = (hours: number, minutes: number) => new Date(2026, 10, 26, hours, minutes, 59);

describe("schedules", () => {
  it.each([
    ["* * * * *", thursday(13, 7), true],
    ["7 13 * * *", thursday(13, 7), true],
    ["7 13 * * *", thursday(13, 8), false],
    ["*/15 * * * *", thursday(0, 45), true],
    ["*/15 * * * *", thursday(0, 46), false],
    ["5/20 * * * *", thursday(0, 25), true],
    ["5/20 * * * *", thursday(0, 20), false],
    ["10-20/5 * * * *", thursday(0, 15), true],
    ["10-20/5 * * * *", thursday(0, 25), false],
    ["0,30 8-18 * * *", thursday(18, 30), true],
    ["0 0 26 * *", thursday(0, 0), true],
    ["0 0 27 * *", thursday(0, 0), false],
    ["0 0 * nov *", thursday(0, 0), true],
    ["0 0 * 12 *", thursday(0, 0), false],
    ["0 0 * * mon-fri", thursday(0, 0), true],
    ["0 0 * * 4", thursday(0, 0), true],
    ["0 0 * * 0", new Date(2026, 10, 29), true],
    ["0 0 * * 7", new Date(2026, 10, 29), true],
    ["0 0 * * SUN", new Date(2026, 10, 29), true],
    // Either kind of day is enough when both are given.
    ["0 0 1 * thu", thursday(0, 0), true],
    ["0 0 26 * mon", thursday(0, 0), true],
    ["0 0 1 * mon", thursday(0, 0), false],
    ["0 0 */2 * mon", thursday(0, 0), false],
    ["@hourly", thursday(5, 0), true],
    ["@daily", thursday(0, 0), true],
    ["@midnight", thursday(0, 1), false],
    ["@weekly", new Date(2026, 10, 29), true],
    ["@weekly", thursday(0, 0), false],
    ["@monthly", new Date(2026, 10, 1), true],
    ["@yearly", new Date(2027, 0, 1), true],
    ["@annually", new Date(2027, 1, 1), false],
    ["@weekly, 7 13 * * *", thursday(13, 7), true],
    ["@Hourly,  @daily", thursday(3, 0), true],
    ["@never", thursday(0, 0), false],
    ["", thursday(0, 0), false],
  ])("%j at %s: %s", (text, at, due) => {
    expect(isDue(parseSchedule(text) ?? [], at)).toBe(due);
  });

  it.each([
    "daily",
    "@startup",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 8",
    "20-10 * * * *",
    "*/0 * * * *",
    "*-5 * * * *",
    "1,,2 * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "* * * mon *",
    "@daily, daily",
  ])("refuses %j", (text) => {
    expect(parseSchedule(text)).toBeUndefined();
  });
});
