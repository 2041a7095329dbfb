import { beforeEach, describe, expect, it } from "vitest";
import type { RuntimeDriver } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { withFrozenNote } from "../instances/frozen-note.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import { Profiles } from "../profiles/service.ts";
import { Governor } from "./governor.ts";
import { GovernorLog } from "./log.ts";
import { FakeMemory } from "./testing/fake-memory.ts";

const mebibyte = 2 ** 20;
const plenty = 2 ** 32;

let host: Awaited<ReturnType<typeof setUp>>["host"];
let daemon: Awaited<ReturnType<typeof startDaemon>>;
let memory: FakeMemory;
let config: Record<string, string>;
let available: number;
let waited: number;
let governor: Governor;

/** The next daemon on the same host. */
async function begin() {
  daemon = await startDaemon(host);
  govern(daemon.driver, memory);
  const { deps, runs } = daemon;
  governor = new Governor({
    ...{ ...deps, runs, config: async () => config, lines: await GovernorLog.open(deps.store, deps.log) },
    hostMemory: async () => ({ available, pressure: 0, waited }),
  });
}

function govern(driver: RuntimeDriver, by: FakeMemory): void {
  driver.memoryDemand = (id) => by.memoryDemand(id);
  driver.setMemoryTarget = (id, bytes) => by.setMemoryTarget(id, bytes);
  driver.releaseMemoryTarget = (id) => by.releaseMemoryTarget(id);
}

beforeEach(async () => {
  ({ host } = await setUp());
  memory = new FakeMemory();
  config = { "governor.mode": "on", "governor.memory.budget": "1000MiB" };
  available = plenty;
  waited = 0;
  await begin();
});

/** Starts a container of 600 MiB at most, in MiB. */
async function start(
  name: string,
  works: number,
  keeps = 0,
  settings: Record<string, string> = {},
): Promise<InstanceId> {
  await done(daemon.instances.create("default", web({ name, config: { "limits.memory": "600MiB", ...settings } })));
  await done(daemon.instances.changeState("default", name, { action: "start" }));
  const id = (await host.store.instances.list()).find((each) => each.name === name)?.id;
  if (!id) throw new Error("it is not there");
  memory.run(id, { works: works * mebibyte, keeps: keeps * mebibyte, most: 600 * mebibyte });
  return id;
}

/** Rounds of which each has something to see. */
async function rounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    waited += 1e6;
    host.time = new Date(host.time.getTime() + 1000);
    await governor.round();
  }
}

const may = (id: InstanceId) => Math.round((memory.runs.get(id)?.target ?? 600 * mebibyte) / mebibyte);
const all = { shows: () => true };

describe("memory moves to where it is needed", () => {
  it("from one that has it idle, and the log says why", async () => {
    const idle = await start("idle", 50, 500);
    const needy = await start("needy", 100);
    await rounds(3);
    memory.run(needy, { ...memory.runs.get(needy), works: 550 * mebibyte, least: 0, most: 600 * mebibyte });
    await rounds(6);
    expect(may(needy)).toBeGreaterThan(550);
    expect(may(idle)).toBeLessThan(450);
    const reasons = governor.log(all).map(({ instance, action, reason }) => `${instance} ${action}: ${reason}`);
    expect(reasons).toContainEqual(
      expect.stringMatching(/^idle take: needy waits for memory \(pressure \d+ %\) and idle has \d+MiB idle$/),
    );
    expect(reasons).toContainEqual(expect.stringMatching(/^needy grow: it waits for memory \(pressure \d+ %\)$/));
    const count = governor.log(all).length;
    await rounds(10);
    expect(governor.log(all)).toHaveLength(count);
  });

  it("but not below a guarantee", async () => {
    const idle = await start("idle", 50, 500, { "limits.memory.min": "480MiB" });
    const needy = await start("needy", 590);
    await rounds(20);
    expect(may(idle)).toBe(480);
    expect(may(needy)).toBeGreaterThan(400);
  });

  it("also when one of them can neither be told nor moved", async () => {
    const broken = await start("broken", 100);
    const idle = await start("idle", 50, 500);
    const needy = await start("needy", 550);
    memory.broken.add(broken);
    await rounds(10);
    expect(may(needy)).toBeGreaterThan(500);
    expect(may(idle)).toBeLessThan(500);
  });

  it("is said as an event of the instance's project", async () => {
    await start("idle", 50, 500);
    await start("needy", 550);
    await rounds(5);
    expect(daemon.actions).toContain("instance-governed");
  });
});

describe("the mode", () => {
  it("observe says once what it would do, and does nothing", async () => {
    config["governor.mode"] = "observe";
    await start("idle", 50, 500);
    await start("other", 590);
    await rounds(10);
    expect(memory.sets).toEqual([]);
    const lines = governor.log(all);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ instance }) => instance).every(({ observed }) => observed)).toBe(true);
    expect(lines.length).toBeLessThan(6);
  });

  it.each(["off", "observe"])(
    "%s lets go of what an earlier daemon had set, and then changes nothing",
    async (mode) => {
      const idle = await start("idle", 50, 500);
      await start("needy", 550);
      await rounds(5);
      expect(may(idle)).toBeLessThan(550);
      await begin();
      config["governor.mode"] = mode;
      const before = memory.sets.length;
      await rounds(5);
      expect(memory.runs.get(idle)?.target).toBeUndefined();
      expect(memory.sets).toHaveLength(before);
    },
  );

  it("on goes on from where an earlier daemon was killed", async () => {
    const idle = await start("idle", 50, 500);
    await start("needy", 550);
    await rounds(20);
    const [before, lines] = [may(idle), governor.log(all).length];
    await begin();
    await rounds(3);
    expect(may(idle)).toBe(before);
    expect(governor.log(all)).toHaveLength(lines);
  });
});

describe("a start that guarantees do not leave room for", () => {
  const guaranteed = { "limits.memory.min": "600MiB" };

  it("is refused, and leaves nothing", async () => {
    Object.assign(daemon.deps, { admission: governor });
    await start("first", 100, 0, guaranteed);
    await expect(start("second", 100, 0, guaranteed)).rejects.toMatchObject({ code: "memory_promised" });
    expect(governor.log(all).at(-1)).toMatchObject({ instance: "second", action: "refuse" });
    await done(daemon.instances.changeState("default", "first", { action: "stop", force: true }));
    await done(daemon.instances.changeState("default", "second", { action: "start" }));
  });

  it("is let through when the governor is off, or what ran is brought back", async () => {
    Object.assign(daemon.deps, { admission: governor });
    await start("first", 100, 0, guaranteed);
    config["governor.mode"] = "off";
    await start("second", 100, 0, guaranteed);
    config["governor.mode"] = "on";
    await done(daemon.instances.changeState("default", "second", { action: "restart", force: true }));
  });

  it("is what a guarantee is that is raised while an instance runs", async () => {
    Object.assign(daemon.deps, { admission: governor });
    await start("first", 100, 0, guaranteed);
    await start("second", 100);
    const raise = (least: string) => {
      const changed = { "limits.memory": "600MiB", "limits.memory.min": least };
      return done(daemon.instances.update("default", "second", { config: changed }));
    };
    await expect(raise("500MiB")).rejects.toMatchObject({ code: "memory_promised" });
    await raise("300MiB");
  });

  it("is what guarantees are that a profile raises of those that run, all together", async () => {
    Object.assign(daemon.deps, { admission: governor });
    const profiles = new Profiles(daemon.deps, daemon.runs);
    await profiles.create("default", { name: "extra", config: { "limits.memory.min": "300MiB" } });
    for (const name of ["first", "second"]) {
      const id = await start(name, 100);
      const record = await daemon.deps.store.instances.get(id);
      if (record) await daemon.deps.store.instances.put({ ...record, profiles: ["default", "extra"] });
    }
    const raise = (least: string) =>
      profiles.update("default", "extra", () => ({ config: { "limits.memory.min": least } }));
    await expect(raise("550MiB")).rejects.toMatchObject({
      code: "memory_promised",
      message: expect.stringMatching(
        /^Profile "extra" was not changed, because instance "second" uses it: .*first 550MiB/,
      ),
    });
    expect((await profiles.get("default", "extra")).config).toEqual({ "limits.memory.min": "300MiB" });
    await raise("500MiB");
    await raise("100MiB");
  });

  it("is refused to the later of two at once", async () => {
    Object.assign(daemon.deps, { admission: governor });
    const both = await Promise.allSettled([start("first", 1, 0, guaranteed), start("second", 1, 0, guaranteed)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("when there is no memory left and nothing can be taken", () => {
  /** Two whose memory cannot be taken, of which one takes more and more. */
  async function exhaust(least = 590) {
    const low = await start("low", 430, 0, { "limits.memory.shares": "50" });
    const high = await start("high", 540);
    for (const id of [low, high])
      memory.run(id, { works: memory.runs.get(id)?.works ?? 0, least: least * mebibyte, most: 600 * mebibyte });
    const grow = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const run = memory.runs.get(high);
        if (run) run.works += 2 * mebibyte;
        await rounds(1);
      }
    };
    const fall = (bytes: number) => memory.run(high, { works: bytes, least: 0, most: 600 * mebibyte });
    await grow(22);
    return { low, high, grow, fall };
  }
  const status = async (name: string) => (await daemon.instances.get("default", name)).status;
  const lines = () => governor.log(all).filter(({ action }) => action === "freeze" || action === "thaw");

  it("freezes the one with the fewest shares, says so, and lets it go on when there is room again", async () => {
    const { fall } = await exhaust();
    expect(await status("low")).toBe("Frozen");
    expect(await status("high")).toBe("Running");
    expect(lines()).toMatchObject([{ instance: "low", action: "freeze", observed: false }]);
    expect(lines()[0]?.reason).toMatch(/nothing can be taken, and it has the fewest shares \(50\)/);
    expect((await governor.view(() => true)).instances.map(({ name, frozen }) => [name, frozen])).toEqual([
      ["high", false],
      ["low", true],
    ]);
    fall(10 * mebibyte);
    await rounds(10);
    expect(await status("low")).toBe("Running");
    expect(lines().map(({ action }) => action)).toEqual(["freeze", "thaw"]);
  });

  it("does not freeze again at once what the user lets go on", async () => {
    const { grow } = await exhaust();
    await done(daemon.instances.changeState("default", "low", { action: "unfreeze" }));
    await grow(1);
    expect(await status("low")).toBe("Running");
    await grow(15);
    expect(await status("low")).toBe("Running");
    expect(await status("high")).toBe("Frozen");
  });

  it("leaves it to the user what he pauses, before and after", async () => {
    const { fall } = await exhaust();
    await done(daemon.instances.changeState("default", "low", { action: "freeze" }));
    fall(10 * mebibyte);
    await rounds(10);
    expect(await status("low")).toBe("Frozen");
    expect(lines()).toHaveLength(1);
  });

  it.each(["stop", "restart"] as const)("lets it be ended: %s", async (action) => {
    await exhaust();
    await done(daemon.instances.changeState("default", "low", { action, force: true }));
    const { config } = await daemon.instances.get("default", "low");
    expect(config).not.toHaveProperty(["volatile.governor.frozen"]);
  });

  it("is settled by the next daemon, wherever the last one died", async () => {
    const { low, fall } = await exhaust();
    await begin();
    await rounds(2);
    expect(await status("low")).toBe("Frozen");
    fall(10 * mebibyte);
    await rounds(10);
    expect(await status("low")).toBe("Running");
    const record = await host.store.instances.get(low);
    if (record) await host.store.instances.put(withFrozenNote(record, host.time));
    await rounds(2);
    expect(await status("low")).toBe("Running");
    expect((await daemon.instances.get("default", "low")).config).not.toHaveProperty(["volatile.governor.frozen"]);
  });

  it.each(["off", "observe"])("and the mode is %s nobody stands still", async (mode) => {
    const { grow } = await exhaust(600);
    config["governor.mode"] = mode;
    await grow(20);
    expect(await status("low")).toBe("Running");
    const observed = lines().slice(1);
    expect(observed).toMatchObject(mode === "off" ? [] : [{ instance: "low", action: "freeze", observed: true }]);
  });
});

it("shows what it sees", async () => {
  await start("idle", 50, 500);
  const { memory: division, instances } = await governor.view(() => true);
  expect(division).toMatchObject({
    budget: 1000 * mebibyte,
    used: 550 * mebibyte,
    reclaimable: 500 * mebibyte,
    promised: 0,
  });
  expect(instances).toMatchObject([{ name: "idle", project: "default", limit: 600 * mebibyte, shares: 100 }]);
  expect((await governor.view(() => false)).instances).toEqual([]);
});
