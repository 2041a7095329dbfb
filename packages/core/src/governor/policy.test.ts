import { describe, expect, it } from "vitest";
import type { HostState } from "./host-state.ts";
import { decide } from "./policy.ts";
import { type ClaimInMebibytes, claimOf } from "./testing/claims.ts";

const mebibyte = 2 ** 20;

interface Case {
  readonly budget: number;
  readonly state?: HostState;
  readonly instances: Readonly<Record<string, ClaimInMebibytes>>;
}

/** Who is to have how many MiB, in the order in which it is set. */
function moved({ budget, state = "high", instances }: Case): string[] {
  const claims = Object.entries(instances).map(([name, one]) => claimOf(name, one));
  return decide({ claims, budget: budget * mebibyte, state }).moves.map(
    ({ id, kind, from, to }) => `${id} ${kind} ${Math.round(from / mebibyte)}→${Math.round(to / mebibyte)}`,
  );
}

describe("while there is enough", () => {
  it("nothing is moved, however idle anybody is", () => {
    const web = { used: 600, works: 10, target: 900 };
    expect(moved({ budget: 4000, instances: { web, db: { used: 500, target: 600 } } })).toEqual([]);
  });

  it("who comes near what it may have gets more at once, and half of what is left stays for others", () => {
    // Of 1000, 60 are the reserve; 340 + 42 and 200 + 32 are needed; of the other 326 half is let out, by shares of the whole.
    const instances = { web: { used: 340, target: 350 }, db: { used: 200, target: 300 } };
    expect(moved({ budget: 1000, instances })).toEqual(["web grow 350→389"]);
  });

  it("who grows fast gets room for twice as much again", () => {
    const web = { used: 340, target: 350, grown: 200 };
    expect(moved({ budget: 2000, instances: { web, db: { used: 200, target: 300 } } })).toEqual(["web grow 350→740"]);
  });

  it("who needs a second to take what it is given gets it a second earlier, for as long again", () => {
    const web = { used: 340, target: 600, grown: 200 };
    const db = { used: 200, target: 300 };
    expect(moved({ budget: 3000, instances: { web, db } })).toEqual([]);
    const [move] = moved({ budget: 3000, instances: { web: { ...web, lead: 1 }, db } });
    expect(move).toMatch(/^web grow 600→1\d\d\d$/);
  });

  it("what all may have is brought within the budget, and nothing is taken from anybody for that", () => {
    const instances = { web: { used: 100 }, db: { used: 200 } };
    expect(moved({ budget: 1000, instances })).toEqual(["web room 1024→326", "db room 1024→326"]);
  });
});

describe("when what is guaranteed lies with another who does not work with it", () => {
  it("is taken back although nobody waits: targets are to fit the budget", () => {
    const instances = { web: { used: 700, works: 10, target: 700 }, db: { used: 0, least: 500, target: 500 } };
    expect(moved({ budget: 1000, instances })).toEqual(["web take 700→440"]);
  });
});

describe("when somebody waits for memory", () => {
  it("what others do not use is given first, at once", () => {
    const instances = { web: { used: 100, target: 600 }, db: { used: 300, target: 300, pressure: 0.2 } };
    const [taken, given] = moved({ budget: 1000, instances });
    expect(taken).toMatch(/^web room 600→1\d\d$/);
    expect(given).toMatch(/^db grow 300→8\d\d$/);
  });

  it("half of what is idle is taken a round, and the reserve is given meanwhile", () => {
    const web = { used: 600, works: 100, target: 600 };
    const db = { used: 300, target: 300, pressure: 0.2 };
    expect(moved({ budget: 960, instances: { web, db } })).toEqual(["web take 600→350", "db grow 300→610"]);
  });

  it("of what is worked with only a twentieth is taken, and only down to the shares", () => {
    const db = { used: 300, target: 300, pressure: 0.2 };
    const round = (used: number) => moved({ budget: 960, instances: { web: { used, target: used }, db } })[0];
    expect(round(600)).toBe("web take 600→570");
    expect(round(460)).toBe("db grow 300→451");
  });

  it("and so much a second, however often it is looked", () => {
    const db = { used: 300, target: 300, pressure: 0.2 };
    const after = (rested: number) =>
      moved({ budget: 960, instances: { web: { used: 600, target: 600, rested }, db } })[0];
    expect([after(0), after(0.5), after(1)]).toEqual(["db grow 300→360", "web take 600→585", "web take 600→570"]);
  });

  it("nothing is taken below a guarantee", () => {
    const web = { used: 600, works: 100, target: 600, least: 580 };
    const db = { used: 300, target: 300, pressure: 0.2 };
    expect(moved({ budget: 960, instances: { web, db } })[0]).toBe("web take 600→580");
  });

  it("nothing is given beyond a limit", () => {
    const db = { used: 300, target: 300, most: 320, pressure: 0.2 };
    expect(moved({ budget: 4000, instances: { db } })).toEqual(["db grow 300→320"]);
  });

  it("a little pressure is no wait", () => {
    const instances = { web: { used: 600, target: 700 }, db: { used: 300, target: 400, pressure: 0.04 } };
    expect(moved({ budget: 1300, instances })).toEqual([]);
  });
});

it("who uses more than its target bounds is near that by what it has filled of it", () => {
  const machine = { used: 500, filled: 300, target: 400 };
  const other = { used: 300, target: 600 };
  expect(moved({ budget: 2000, instances: { machine, other } })).toEqual([]);
  expect(moved({ budget: 2000, instances: { machine: { ...machine, filled: 390 }, other } })).toEqual([
    expect.stringMatching(/^machine grow/),
  ]);
});

describe("when the host runs short", () => {
  const instances = { web: { used: 700, works: 100, target: 700 }, db: { used: 280, target: 290 } };

  it.each<[number, string]>([
    [1030, "web take 700→653"],
    [1005, "web take 700→630"],
  ])("with a budget of %d idle memory is taken until the reserve is there again", (budget, expected) => {
    expect(moved({ budget, instances })[0]).toContain(expected);
  });

  it("a guarantee that was raised is given whatever there is", () => {
    const raised = { ...instances, db: { used: 280, target: 290, least: 500 } };
    expect(moved({ budget: 990, instances: raised })).toContain("db grow 290→500");
  });
});
