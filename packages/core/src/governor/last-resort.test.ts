import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { hostStates } from "./host-state.ts";
import { type LastResort, lastResort, noStrain, type Plight, type Standing } from "./last-resort.ts";

const mebibyte = 2 ** 20;

const one = (id: string, more: Partial<Standing> = {}): Standing => ({
  ...{ id: id as InstanceId, used: 100 * mebibyte, guarantee: 0, shares: 100, grown: 0, frozen: false, spared: false },
  ...more,
});

const exhausted: Omit<Plight, "instances"> = { state: "low", free: -mebibyte, taking: false, seconds: 1 };

/** Rounds that are all alike. */
function rounds(plight: Plight, count: number): LastResort[] {
  const results: LastResort[] = [];
  for (let i = 0; i < count; i++) results.push(lastResort(plight, results.at(-1)?.strain ?? noStrain));
  return results;
}

const acts = (plight: Plight, count = 5) => rounds(plight, count).flatMap(({ act }) => act ?? []);

const grows = { grown: 2 * mebibyte };

describe("who stands still", () => {
  it.each<[string, Standing[], string | undefined]>([
    ["has the fewest shares, whoever grows", [one("a", { shares: 200, ...grows }), one("b")], "b"],
    ["of those alike has taken most", [one("a"), one("b", grows)], "b"],
    [
      "has more than its guarantee",
      [one("a", { guarantee: 100 * mebibyte }), one("b", { shares: 900, ...grows })],
      "b",
    ],
    ["was not let go on by the user", [one("a", { spared: true }), one("b", { shares: 900, ...grows })], "b"],
    ["is nobody while nobody takes more", [one("a"), one("b")], undefined],
    ["is nobody who does so already", [one("a", { frozen: true, ...grows })], undefined],
  ])("%s", (_, instances, expected) => {
    expect(acts({ ...exhausted, instances })).toEqual(expected ? [{ kind: "freeze", id: expected }] : []);
  });

  it.each<[string, Partial<Plight>]>([
    ["there is some of the budget left", { free: mebibyte }],
    ["something can still be taken", { taking: true }],
    ["memory is not as scarce", { state: "hard" }],
  ])("is nobody while %s", (_, more) => {
    expect(acts({ ...exhausted, instances: [one("a", grows)], ...more }, 50)).toEqual([]);
  });

  it("is nobody before it has been so for some rounds in a row", () => {
    const instances = [one("a", grows)];
    expect(acts({ ...exhausted, instances }, 4)).toEqual([]);
    const { strain } = lastResort(
      { ...exhausted, taking: true, instances },
      { exhausted: 4, grown: 2 ** 30, plenty: 0 },
    );
    expect(strain).toEqual(noStrain);
  });
});

describe("who goes on", () => {
  const instances = [one("a", { frozen: true }), one("b", { frozen: true, shares: 300 }), one("c")];

  it("has the most shares of those that stand still, once there has been plenty for some rounds", () => {
    expect(acts({ state: "high", free: 2 ** 30, taking: false, seconds: 1, instances })).toEqual([
      { kind: "thaw", id: "b" },
    ]);
    expect(acts({ state: "high", free: 2 ** 30, taking: false, seconds: 1, instances }, 4)).toEqual([]);
  });

  it.each(["soft", "hard", "low"] as const)("is nobody while the host's state is %s", (state) => {
    expect(acts({ state, free: mebibyte, taking: false, seconds: 1, instances }, 50)).toEqual([]);
  });
});

const standing = fc
  .record({
    shares: fc.integer({ min: 1, max: 1000 }),
    used: fc.integer({ min: 0, max: 4000 }),
    guarantee: fc.integer({ min: 0, max: 4000 }),
    grown: fc.integer({ min: 0, max: 50 }),
    frozen: fc.boolean(),
    spared: fc.boolean(),
  })
  .map(({ used, guarantee, grown, ...more }) => ({
    ...{ used: used * mebibyte, guarantee: guarantee * mebibyte, grown: grown * mebibyte },
    ...more,
  }));
const plight = fc.record({
  instances: fc
    .array(standing, { maxLength: 8 })
    .map((all) => all.map((each, i) => ({ ...each, id: String(i) as InstanceId }))),
  state: fc.constantFrom(...hostStates),
  free: fc.integer({ min: -1000, max: 1000 }).map((n) => n * mebibyte),
  taking: fc.boolean(),
  seconds: fc.double({ min: 0.25, max: 1, noNaN: true }),
});

it("freezes nobody within its guarantee, nobody twice, and nobody while memory is left or can be taken", () => {
  fc.assert(
    fc.property(fc.array(plight, { maxLength: 30 }), (course) => {
      let strain = noStrain;
      for (const each of course) {
        const { act, ...next } = lastResort(each, strain);
        strain = next.strain;
        const chosen = each.instances.find(({ id }) => id === act?.id);
        if (act?.kind === "freeze") {
          expect(chosen).toMatchObject({ frozen: false, spared: false });
          expect(chosen?.used).toBeGreaterThan(chosen?.guarantee ?? 0);
          expect([each.state, each.taking, each.free <= 0]).toEqual(["low", false, true]);
        }
        if (act?.kind === "thaw") expect([each.state, chosen?.frozen]).toEqual(["high", true]);
      }
    }),
  );
});

it("comes to rest: what does not change freezes each once at most, or thaws it", () => {
  fc.assert(
    fc.property(plight, (start) => {
      let [now, strain, changes] = [start, noStrain, 0];
      for (let round = 0; round < 100; round++) {
        const { act, ...next } = lastResort(now, strain);
        strain = next.strain;
        if (!act) continue;
        changes++;
        const frozen = act.kind === "freeze";
        now = { ...now, instances: now.instances.map((each) => (each.id === act.id ? { ...each, frozen } : each)) };
      }
      expect(changes).toBeLessThanOrEqual(start.instances.length);
    }),
  );
});
