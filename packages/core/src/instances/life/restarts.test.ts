import { LodgeError } from "@lodge/api";
import { expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

const crash = { reason: "crash", detail: "segfault\nmore" } as const;

async function running(config: Record<string, string> = { "boot.autorestart": "true" }) {
  const world = await setUp();
  await done(world.instances.create("default", web({ config, start: true })));
  const [record] = await world.host.store.instances.list();
  if (!record) throw new Error("no record");
  const contexts: { action: string; context: Record<string, unknown> }[] = [];
  world.deps.events.subscribe(({ type, metadata }) => {
    if (type === "lifecycle") contexts.push(metadata as (typeof contexts)[number]);
  });
  const status = async () => (await world.instances.get("default", "web")).status;
  return { ...world, id: record.id, contexts, status };
}

type World = Awaited<ReturnType<typeof running>>;

/** Crashes and waits for the restart that follows, or for the end. */
async function crashOnce({ driver, id, actions }: World): Promise<void> {
  const before = actions.length;
  driver.end(id, crash);
  await expect
    .poll(() =>
      actions.slice(before).some((action) => action === "instance-restarted" || action === "instance-stopped"),
    )
    .toBe(true);
}

/** Lets the clock stand still, so that a restart stays due. */
function stopClock(world: World): void {
  (world.deps as { wait: unknown }).wait = () => new Promise(() => {});
}

it("starts what crashed again, later and later, and says why", async () => {
  const world = await running();
  for (let crashes = 1; crashes <= 3; crashes++) await crashOnce(world);
  expect(await world.status()).toBe("Running");
  const delays = world.contexts.filter(({ action }) => action === "instance-restart-scheduled");
  expect(delays.map(({ context }) => context)).toEqual([
    { ...crash, attempt: 1, delay: 0 },
    { ...crash, attempt: 2, delay: 1000 },
    { ...crash, attempt: 3, delay: 2000 },
  ]);
  expect(world.contexts.at(-1)).toMatchObject({
    action: "instance-restarted",
    context: { attempt: 3, reason: "crash" },
  });
  expect((await world.instances.state("default", "web")).boot).toMatchObject({ restarts: 3, why: crash.detail });
});

it("forgets earlier crashes once a run has been steady", async () => {
  const world = await running();
  await crashOnce(world);
  world.host.time = new Date(world.host.time.getTime() + 60_000);
  await crashOnce(world);
  expect((await world.instances.state("default", "web")).boot?.restarts).toBe(1);
});

it("gives a crash loop up in a clear state, which a start or a stop ends", async () => {
  const world = await running({ "boot.autorestart": "true", "boot.autorestart.limit": "2" });
  for (let crashes = 1; crashes <= 3; crashes++) await crashOnce(world);
  expect(await world.status()).toBe("Error");
  expect((await world.instances.state("default", "web")).boot?.why).toMatch(/^2 restarts in a row failed. segfault/);
  expect(world.contexts.at(-1)?.action).toBe("instance-stopped");
  await done(world.instances.changeState("default", "web", { action: "start" }));
  expect(await world.status()).toBe("Running");
  expect((await world.instances.state("default", "web")).boot).toBeUndefined();
  for (let crashes = 1; crashes <= 3; crashes++) await crashOnce(world);
  await done(world.instances.changeState("default", "web", { action: "stop" }));
  expect(await world.status()).toBe("Stopped");
});

it("counts a restart that fails as one more crash", async () => {
  const world = await running({ "boot.autorestart": "true", "boot.autorestart.limit": "2" });
  world.driver.start = async () => {
    throw new LodgeError({ code: "instance_start_failed", message: "no such device" });
  };
  await crashOnce(world);
  expect(await world.status()).toBe("Error");
  expect((await world.instances.state("default", "web")).boot?.why).toMatch(/again: no such device/);
});

it.each(["stop", "start", "restart"] as const)("a %s by the user ends the waiting for a restart", async (action) => {
  const world = await running();
  stopClock(world);
  world.driver.end(world.id, crash);
  await expect.poll(world.status).toBe("Starting");
  await done(world.instances.changeState("default", "web", { action }));
  expect(await world.status()).toBe(action === "stop" ? "Stopped" : "Running");
  expect(world.runs.due.get(world.id)).toBeUndefined();
});

it("goes on in the next daemon when this one dies meanwhile", async () => {
  const world = await running();
  stopClock(world);
  world.driver.end(world.id, crash);
  await expect.poll(world.status).toBe("Starting");
  world.runs.close();
  world.deps.lock.run = () => new Promise(() => {});
  const next = await startDaemon(world.host);
  await expect.poll(() => next.actions).toContain("instance-restarted");
  expect((await next.instances.get("default", "web")).status).toBe("Running");
});

it("may be deleted while it waits", async () => {
  const world = await running();
  stopClock(world);
  world.driver.end(world.id, crash);
  await expect.poll(world.status).toBe("Starting");
  await done(world.instances.delete("default", "web"));
  expect(await world.host.store.instances.list()).toEqual([]);
});

it("leaves alone what was stopped, or powered itself off, or was not asked for", async () => {
  const world = await running();
  world.driver.end(world.id, { reason: "shutdown", detail: "" });
  await expect.poll(world.status).toBe("Stopped");
  await done(world.instances.changeState("default", "web", { action: "start" }));
  await done(world.instances.changeState("default", "web", { action: "stop", force: true }));
  expect(await world.status()).toBe("Stopped");
  const without = await running({});
  without.driver.end(without.id, crash);
  await expect.poll(without.status).toBe("Stopped");
});
