import fc from "fast-check";
import { expect, it } from "vitest";
import { parseAllowance, parseMemory } from "./limit-values.ts";

it.each([
  ["50%", { percent: 50 }],
  ["400%", { percent: 400 }],
  ["25ms/100ms", { time: 25, period: 100 }],
  ["100ms/50ms", { time: 100, period: 50 }],
])("limits.cpu.allowance=%s is %j", (value, allowance) => {
  expect(parseAllowance(value)).toEqual(allowance);
});

it.each(["", "50", "0%", "-5%", "1.5%", "10001%", "25ms", "0ms/100ms", "25ms/0ms", "25ms/1001ms", "25/100", "1s/2s"])(
  "limits.cpu.allowance=%j is nothing",
  (value) => {
    expect(parseAllowance(value)).toBeUndefined();
  },
);

it.each([
  ["512MiB", 2 ** 29],
  ["50%", 2 ** 32],
  ["100%", 2 ** 33],
  ["33%", 2703 * 2 ** 20],
  ["0%", undefined],
  ["101%", undefined],
  ["half", undefined],
])("limits.memory=%s of 8 GiB is %j bytes", (value, bytes) => {
  expect(parseMemory(value, 2 ** 33)).toBe(bytes);
});

it("a percentage is never more than the host has, nor nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2 ** 20, max: 2 ** 45 }), (percent, host) => {
      const bytes = parseMemory(`${percent}%`, host) ?? 0;
      expect(bytes).toBeLessThanOrEqual(host);
      expect(bytes).toBeGreaterThanOrEqual(2 ** 20);
    }),
  );
});
