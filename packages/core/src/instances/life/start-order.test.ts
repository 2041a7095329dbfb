import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { shutdownBatches, startStages, startsWithHost } from "./start-order.ts";

describe("startsWithHost", () => {
  test.each([
    [undefined, true, true],
    [undefined, false, false],
    ["last-state", true, true],
    ["last-state", false, false],
    ["true", false, true],
    ["on", false, true],
    ["false", true, false],
    ["0", true, false],
  ])("boot.autostart=%s of one that ran: %s → %s", (value, ran, starts) => {
    expect(startsWithHost(value === undefined ? {} : { "boot.autostart": value }, ran)).toBe(starts);
  });
});

const instance = (name: string, priority = 0, delay = 0) => ({
  name,
  config: {
    ...(priority && { "boot.autostart.priority": String(priority) }),
    ...(delay && { "boot.autostart.delay": String(delay) }),
  } as Record<string, string>,
});
const shown = (...instances: ReturnType<typeof instance>[]) =>
  startStages(instances).map(({ instances: names, delay }) => [names.map(({ name }) => name).join(" "), delay]);

describe("startStages", () => {
  it("starts equal ones together, by name, the highest priority first", () => {
    expect(shown(instance("c"), instance("a"), instance("db", 10), instance("late", -1))).toEqual([
      ["db", 0],
      ["a c", 0],
      ["late", 0],
    ]);
  });

  it("waits after one with a delay, and not after the last", () => {
    expect(shown(instance("a", 5, 3), instance("b", 5), instance("c", 5, 9), instance("d", 1, 4))).toEqual([
      ["a", 3],
      ["b c", 9],
      ["d", 0],
    ]);
  });

  it("starts each one once, never a higher priority after a lower one", () => {
    const some = fc.array(fc.record({ priority: fc.integer({ min: -3, max: 3 }), delay: fc.nat(2) }));
    fc.assert(
      fc.property(some, (list) => {
        const all = list.map(({ priority, delay }, index) => instance(`i${index}`, priority, delay));
        const started = startStages(all).flatMap(({ instances }) => instances);
        expect(new Set(started)).toEqual(new Set(all));
        expect(started).toHaveLength(all.length);
        const priorities = started.map(({ config }) => Number(config["boot.autostart.priority"] ?? 0));
        expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
      }),
    );
  });
});

test("shutdownBatches: the highest boot.stop.priority first, equal ones together", () => {
  const stopping = (name: string, priority?: string) => ({
    name,
    config: (priority === undefined ? {} : { "boot.stop.priority": priority }) as Record<string, string>,
  });
  const all = [stopping("db", "-5"), stopping("b"), stopping("web", "10"), stopping("a")];
  expect(shutdownBatches(all).map((batch) => batch.map(({ name }) => name))).toEqual([["web"], ["a", "b"], ["db"]]);
});
