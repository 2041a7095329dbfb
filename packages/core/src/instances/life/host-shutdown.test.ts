import { setTimeout as delay } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";
import { HostShutdown } from "./host-shutdown.ts";

async function setUpRunning(configs: Readonly<Record<string, Record<string, string>>>) {
  const world = await setUp();
  for (const [name, config] of Object.entries(configs))
    await done(world.instances.create("default", web({ name, config, start: true, ephemeral: name === "shortlived" })));
  return { ...world, shutdown: new HostShutdown(world.deps, world.runs) };
}

it("shuts down in order, and the next daemon brings back what ran", async () => {
  const world = await setUpRunning({
    db: { "boot.stop.priority": "-1" },
    web: { "boot.stop.priority": "5" },
    shortlived: {},
    off: {},
  });
  await done(world.instances.changeState("default", "off", { action: "stop" }));
  const names = new Map((await world.host.store.instances.list()).map(({ id, name }) => [id, name]));
  const asked: (string | undefined)[] = [];
  const shutDown = world.driver.shutdown.bind(world.driver);
  world.driver.shutdown = async (id) => {
    asked.push(names.get(id));
    await shutDown(id);
  };
  await done(world.shutdown.begin());
  expect(asked).toEqual(["web", "shortlived", "db"]);
  expect(world.host.processes.size).toBe(0);
  world.runs.close();

  const next = await startDaemon(world.host);
  await (await next.boot.bringBack())?.done;
  const after = (await next.instances.list("default")).map(({ name, status }) => [name, status]);
  expect(after).toEqual([
    ["db", "Running"],
    ["off", "Stopped"],
    ["shortlived", "Running"],
    ["web", "Running"],
  ]);
});

it("ends those that do not power off in time or are not to be asked", async () => {
  const world = await setUpRunning({
    deaf: { "boot.host_shutdown_timeout": "1" },
    forced: { "boot.host_shutdown_action": "force-stop" },
  });
  world.driver.deaf = true;
  await done(world.shutdown.begin());
  expect(world.host.processes.size).toBe(0);
  expect((await world.host.store.instances.list()).map(({ wanted }) => wanted)).toEqual([true, true]);
});

it("knows of an end in time also when clearing up takes longer", async () => {
  const world = await setUpRunning({ web: { "boot.host_shutdown_timeout": "1" } });
  const release = world.driver.release.bind(world.driver);
  world.driver.release = async (id) => {
    await delay(1200);
    await release(id);
  };
  await done(world.shutdown.begin());
  await vi.waitFor(() => expect(world.actions.at(-1)).toBe("instance-shutdown"), 5000);
  expect((await world.host.store.instances.list()).map(({ wanted }) => wanted)).toEqual([true]);
});

it("starts nothing any more", async () => {
  const world = await setUpRunning({ web: {}, off: {} });
  await done(world.instances.changeState("default", "off", { action: "stop" }));
  await done(world.shutdown.begin());
  for (const name of ["web", "off"]) {
    const start = done(world.instances.changeState("default", name, { action: "start" }));
    await expect(start).rejects.toMatchObject({ code: "host_shutting_down" });
  }
});

it("is finished by the next daemon when it is cut short: what was stopped comes back, what runs runs on", async () => {
  const world = await setUpRunning({ first: { "boot.stop.priority": "1" }, second: {} });
  const names = new Map((await world.host.store.instances.list()).map(({ id, name }) => [id, name]));
  const shutDown = world.driver.shutdown.bind(world.driver);
  world.driver.shutdown = async (id) => {
    if (names.get(id) === "first") await shutDown(id);
    else world.runs.close(); // The daemon dies.
  };
  await world.shutdown.begin();
  await vi.waitFor(() => expect(world.host.processes.size).toBe(1), { timeout: 30_000 });
  await vi.waitFor(async () => expect((await world.instances.get("default", "first")).status).toBe("Stopped"), {
    timeout: 30_000,
  });
  world.deps.lock.run = () => new Promise(() => {});
  const next = await startDaemon(world.host);
  await (await next.boot.bringBack())?.done;
  expect(next.actions.filter((action) => action === "instance-started")).toHaveLength(1);
  expect((await next.instances.list("default")).map(({ status }) => status)).toEqual(["Running", "Running"]);
});

it("is one operation, however often it is asked for", async () => {
  const world = await setUpRunning({ web: {} });
  const [first, second] = [world.shutdown.begin(), world.shutdown.begin()];
  expect(await first).toBe(await second);
  await done(first);
});
