/** The policy and what it governs, round by round: needs that change, and instances that answer. */
import { describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { sum } from "./allot.ts";
import type { Claim } from "./claim.ts";
import { decide, type Situation } from "./policy.ts";
import { demandOf, type FakeMemoryRun } from "./testing/fake-memory.ts";

const mebibyte = 2 ** 20;

/** Six instances of 1 GiB on half of their limits. Sizes in MiB. */
class Host {
  readonly budget = 3072;
  readonly runs: { works: number; keeps: number; target: number; waited: boolean }[];
  state: Situation["state"] = "high";
  moves = 0;

  constructor() {
    this.runs = Array.from({ length: 6 }, () => ({ works: 100, keeps: 0, target: 1024, waited: false }));
  }

  round(): void {
    const claims = this.runs.map((run, i): Claim => {
      const inBytes: FakeMemoryRun = {
        ...{ works: run.works * mebibyte, keeps: run.keeps * mebibyte, target: run.target * mebibyte },
        ...{ least: 64 * mebibyte, most: 1024 * mebibyte },
      };
      return {
        ...demandOf(inBytes),
        filled: demandOf(inBytes).used,
        id: String(i) as InstanceId,
        shares: 100,
        guarantee: 0,
        ...{ grown: 0, lead: 0, rested: 1 },
        waited: run.waited,
      };
    });
    const decision = decide({ claims, budget: this.budget * mebibyte, state: this.state });
    this.state = decision.state;
    this.moves += decision.moves.length;
    for (const [i, run] of this.runs.entries()) {
      const id = String(i) as InstanceId;
      run.waited = decision.waiting.has(id);
      run.target = (decision.moves.find((move) => move.id === id)?.to ?? run.target * mebibyte) / mebibyte;
    }
    expect(sum(this.runs.map(({ target }) => target))).toBeLessThanOrEqual(Math.max(this.budget, 6 * 1024));
  }

  rounds(count: number): void {
    for (let i = 0; i < count; i++) this.round();
  }
}

const at = (host: Host, i: number) => host.runs[i] ?? { works: 0, keeps: 0, target: 0, waited: false };

describe("load that moves from one instance to the next", () => {
  it("finds its memory within two rounds, whatever the one before has kept", () => {
    const host = new Host();
    host.rounds(5);
    for (let i = 0; i < 12; i++) {
      const now = at(host, i % 6);
      now.works = 900;
      host.rounds(2);
      expect(now.target, `instance ${i % 6} in turn ${i}`).toBeGreaterThanOrEqual(900);
      host.rounds(8);
      // It is done, and its cache stays until somebody wants the memory.
      Object.assign(now, { works: 100, keeps: 800 });
      host.rounds(3);
    }
  });

  it("and nothing moves while it stays where it is", () => {
    const host = new Host();
    for (const i of [0, 1]) at(host, i).works = 900;
    host.rounds(40);
    host.moves = 0;
    host.rounds(40);
    expect(host.moves).toBe(0);
  });

  it("those who all want more than there is get the same, and it stays so", () => {
    const host = new Host();
    for (const run of host.runs) run.works = 900;
    host.rounds(80);
    host.moves = 0;
    host.rounds(40);
    expect(host.moves).toBe(0);
    const targets = host.runs.map(({ target }) => target);
    expect(Math.max(...targets) - Math.min(...targets)).toBeLessThan(32);
    expect(sum(targets)).toBeGreaterThan(0.9 * host.budget);
  });
});
