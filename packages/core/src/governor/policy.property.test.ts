/** What the policy promises, of any instances. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { sum } from "./allot.ts";
import type { Claim } from "./claim.ts";
import { decide, fairTargets, type Situation } from "./policy.ts";
import { nextRound } from "./testing/claims.ts";

const mebibyte = 2 ** 20;
/** Rounds after which nothing moves any more. */
const rounds = 200;

const size = fc.integer({ min: 1, max: 2 ** 13 }).map((n) => n * mebibyte);
const share = fc.double({ min: 0, max: 1, noNaN: true });

const claim = fc
  .record({
    ...{ a: size, b: size, target: size, held: share, working: share },
    shares: fc.integer({ min: 1, max: 1000 }),
    pressure: fc.oneof(fc.constant(0), share),
    refaults: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })),
    waited: fc.boolean(),
    rested: share,
  })
  .map(({ a, b, target, held, working, ...more }): Omit<Claim, "id"> => {
    const [least, most] = [Math.min(a, b) / 4, Math.max(a, b)];
    const may = Math.min(Math.max(target, least), most);
    const used = Math.floor(may * held);
    return {
      ...more,
      grown: 0,
      lead: 0,
      least,
      guarantee: least,
      most,
      target: may,
      ...{ used, filled: used },
      workingSet: Math.floor(used * working),
    };
  });

const situation = fc
  .record({
    claims: fc.array(claim, { minLength: 1, maxLength: 12 }),
    budget: fc.integer({ min: 64, max: 2 ** 15 }).map((n) => n * mebibyte),
    state: fc.constantFrom("high" as const, "soft" as const, "hard" as const, "low" as const),
  })
  .map(
    ({ claims, ...more }): Situation => ({
      ...more,
      claims: claims.map((each, i) => ({ ...each, id: String(i) as InstanceId })),
    }),
  );

/** What it works with and would keep does not change; what it may not have is gone. */
function constantDemand({ claims }: Situation): (claim: Claim) => Claim {
  const wants = new Map(claims.map(({ id, used, workingSet }) => [id, { used, workingSet }]));
  return (one) => {
    const { used, workingSet } = wants.get(one.id) ?? one;
    const has = Math.min(used, one.target);
    return { ...one, used: has, filled: has, workingSet: Math.min(workingSet, one.target) };
  };
}

const targets = ({ claims }: Situation) => claims.map(({ target }) => target);

describe("for any instances", () => {
  it("no target is below a guarantee or above a limit", () => {
    fc.assert(
      fc.property(situation, (one) => {
        for (const { id, to } of decide(one).moves) {
          const { least, most } = one.claims.find((each) => each.id === id) ?? { least: 0, most: 0 };
          expect(to).toBeGreaterThanOrEqual(least);
          expect(to).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it("targets that fit the budget go on to fit it", () => {
    fc.assert(
      fc.property(situation, (one) => {
        const before = sum(targets(one));
        const after = sum(targets(nextRound(one, (each) => each)));
        expect(after).toBeLessThanOrEqual(Math.max(before, one.budget));
      }),
    );
  });

  it("those that do not come to fit it, where the guarantees do", () => {
    fc.assert(
      fc.property(situation, (one) => {
        fc.pre(sum(one.claims.map(({ least }) => least)) <= one.budget);
        const respond = constantDemand(one);
        let now = one;
        for (let i = 0; i < rounds; i++) now = nextRound(now, respond);
        expect(sum(targets(now))).toBeLessThanOrEqual(one.budget);
      }),
    );
  });

  it("nothing moves any more after a bounded number of rounds of constant demand", () => {
    fc.assert(
      fc.property(situation, (one) => {
        const respond = constantDemand(one);
        let now = one;
        for (let i = 0; i < rounds; i++) now = nextRound(now, respond);
        expect(decide(now).moves).toEqual([]);
      }),
    );
  });

  it("and until then no target goes down and up again, or up and down", () => {
    fc.assert(
      fc.property(situation, (one) => {
        const respond = constantDemand(one);
        const turns = new Map<InstanceId, { up: boolean; count: number }>();
        let now = one;
        for (let i = 0; i < rounds; i++) {
          for (const { id, from, to } of decide(now).moves) {
            const before = turns.get(id);
            const up = to > from;
            turns.set(id, { up, count: (before?.count ?? 0) + (before && before.up !== up ? 1 : 0) });
          }
          now = nextRound(now, respond);
        }
        // Twice: it may be given what another lets go of later, and the state of the host may get better meanwhile.
        for (const { count } of turns.values()) expect(count).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("more shares never are less memory", () => {
    fc.assert(
      fc.property(situation, fc.integer({ min: 2, max: 20 }), ({ claims, budget }, times) => {
        const [first, ...others] = claims;
        if (!first) return;
        const [before = 0] = fairTargets(claims, budget);
        const [after = 0] = fairTargets([{ ...first, shares: first.shares * times }, ...others], budget);
        expect(after).toBeGreaterThanOrEqual(before - claims.length * 4096);
      }),
    );
  });
});
