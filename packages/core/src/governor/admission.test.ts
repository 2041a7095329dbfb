import { describe, expect, it } from "vitest";
import { type Promised, requireMemory } from "./admission.ts";
import type { GovernorSettings } from "./settings.ts";

const gibibyte = 2 ** 30;
const promised = (name: string, guarantee: number, most = guarantee, limited = true): Promised => ({
  ...{ name, guarantee: guarantee * gibibyte, most: most * gibibyte, limited },
});
const settings: GovernorSettings = { mode: "on", budget: 7 * gibibyte };

const refusal = (wanted: Promised, others: readonly Promised[], more: Partial<GovernorSettings> = {}) => {
  try {
    requireMemory(wanted, others, { ...settings, ...more });
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: "memory_promised", kind: "exhausted" });
    return (error as Error).message;
  }
};

describe("a start", () => {
  const running = [promised("cache", 2), promised("web", 4)];

  it("is refused with the arithmetic when guarantees leave too little", () => {
    expect(refusal(promised("db", 2), running)).toBe(
      'Instance "db" needs 2GiB guaranteed; 6GiB of 7GiB are promised (web 4GiB, cache 2GiB): 1GiB is left. Stop another, lower limits.memory.min, or raise governor.memory.budget.',
    );
  });

  it.each([
    ["what fits", promised("db", 1), running],
    ["what has no guarantee, however much was promised", promised("db", 0, 64, false), [promised("web", 9)]],
    ["the first", promised("db", 7), []],
  ])("of %s is let through", (_, wanted, others) => {
    expect(refusal(wanted, others)).toBeUndefined();
  });

  it("names the largest of many", () => {
    const many = Array.from({ length: 9 }, (_, i) => promised(`i${i}`, (i + 1) / 8));
    expect(refusal(promised("db", 4), many)).toContain("(i8 1.1GiB, i7 1GiB, i6 896MiB, i5 768MiB, i4 640MiB, 4 more)");
  });

  it("is refused when limits would promise more than is allowed", () => {
    const others = [promised("web", 0, 8), promised("free", 0, 32, false)];
    expect(refusal(promised("db", 0, 4), others, { overcommit: 1.5 })).toContain(
      'Instance "db" may have 4GiB; the limits of those that run are 8GiB (web 8GiB) of 10.5GiB (1.5 times the budget of 7GiB): 2.5GiB is left.',
    );
    expect(refusal(promised("db", 0, 2), others, { overcommit: 1.5 })).toBeUndefined();
    expect(refusal(promised("db", 0, 32, false), others, { overcommit: 1.5 })).toBeUndefined();
  });
});
