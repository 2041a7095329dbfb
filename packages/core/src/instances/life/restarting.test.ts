import { describe, expect, it } from "vitest";
import type { FakeDriver } from "../testing/fake-driver.ts";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

type World = Awaited<ReturnType<typeof running>>;
type Work = "restart" | "restore";

/** An instance that runs and has a snapshot of another content. */
async function running(config: Record<string, string> = {}) {
  const world = await setUp();
  await done(world.instances.create("default", web({ start: true, ephemeral: true, config })));
  const [record] = await world.host.store.instances.list();
  if (!record) throw new Error("no record");
  const { id } = record;
  world.host.pool.contents.set(id, "old");
  await done(world.snapshots.create("default", "web", { name: "one", stateful: false }));
  world.host.pool.contents.set(id, "new");
  return { ...world, id };
}

const works: Readonly<Record<Work, (world: World) => Promise<unknown>>> = {
  restart: ({ instances }) => instances.changeState("default", "web", { action: "restart", force: true }),
  restore: ({ instances }) => instances.update("default", "web", { restore: "one" }),
};

/** What does not come any more: the daemon dies there. */
const never = () => new Promise<never>(() => {});
const points: Readonly<Record<string, (world: World, reached: () => void) => void>> = {
  "before the run is ended": ({ driver }, reached) => {
    driver.kill = async () => (reached(), never());
  },
  "when the run has ended": ({ driver, runs, host, id }, reached) => {
    driver.kill = async () => {
      host.processes.delete(id);
      runs.close();
      reached();
      return never();
    };
  },
  "before the next run": ({ driver }, reached) => {
    driver.prepare = async () => (reached(), never());
  },
  "when the next run has begun": ({ driver }, reached) => {
    const start: FakeDriver["start"] = driver.start.bind(driver);
    driver.start = async (spec) => {
      await start(spec);
      reached();
      return never();
    };
  },
};

/** The daemon dies there, or the host; the next one has started what it starts. */
async function interrupted(world: World, work: Work, point: string, hostToo: boolean) {
  await new Promise<void>((reached) => {
    points[point]?.(world, reached);
    void works[work](world);
  });
  world.runs.close();
  world.deps.lock.run = never;
  if (hostToo) {
    world.host.processes.clear();
    world.host.boot = "second";
  }
  const next = await startDaemon(world.host);
  await (await next.boot.bringBack())?.done;
  const { status } = await next.instances.get("default", "web");
  return { next, seen: { status, content: world.host.pool.contents.get(world.id) } };
}

describe.each(["daemon", "host"])("a %s that dies", (what) => {
  it.each(Object.keys(points))("%s leaves an instance that runs, as it was or as it was to be", async (point) => {
    for (const work of ["restart", "restore"] as const) {
      const { seen, next } = await interrupted(await running(), work, point, what === "host");
      const content = work === "restore" && point.includes("next run") ? "old" : "new";
      expect(seen, work).toEqual({ status: "Running", content });
      const [record] = await next.deps.store.instances.list();
      expect(record).toMatchObject({ wanted: true });
    }
  });
});

it("starts what was asked to power off and does it later, and what powers off much later is stopped", async () => {
  const asked = await running({ "boot.autostart": "false" });
  const { next } = await interrupted(asked, "restart", "before the run is ended", false);
  next.driver.end(asked.id, { reason: "shutdown", status: 0, detail: "" });
  await expect.poll(() => next.actions).toContain("instance-started");
  expect((await next.instances.get("default", "web")).status).toBe("Running");
  expect((await next.deps.store.instances.get(asked.id))?.restarting).toBeUndefined();
  next.driver.end(asked.id, { reason: "shutdown", status: 0, detail: "" });
  await expect.poll(() => next.deps.store.instances.get(asked.id)).toBeUndefined();
});

it("says that it could not be started again, and is stopped then", async () => {
  const { instances, driver, host, id } = await running();
  driver.start = async () => {
    throw new Error("no such device");
  };
  await expect(done(works.restart({ instances } as World) as ReturnType<typeof instances.delete>)).rejects.toThrow();
  expect((await instances.get("default", "web")).status).toBe("Stopped");
  expect(await host.store.instances.get(id)).toMatchObject({ wanted: false });
});

it("does not start again what somebody stopped meanwhile", async () => {
  const { instances, driver } = await running();
  driver.deaf = true;
  const restart = done(instances.changeState("default", "web", { action: "restart", timeout: 60 }));
  await done(instances.changeState("default", "web", { action: "stop", force: true }));
  await expect(restart).rejects.toMatchObject({ code: expect.stringMatching(/instance_(wrong_state|not_found)/) });
});
