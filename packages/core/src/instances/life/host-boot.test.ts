import { LodgeError } from "@lodge/api";
import { expect, it, test } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

type World = Awaited<ReturnType<typeof setUp>>;

async function launch({ instances }: World, name: string, config: Record<string, string> = {}): Promise<void> {
  await done(instances.create("default", web({ name, config, start: true })));
}

/** The daemon dies and does nothing any more. */
function killDaemon({ deps, runs }: Pick<World, "deps" | "runs">): void {
  runs.close();
  deps.lock.run = () => new Promise(() => {});
}

/** The host goes down without a warning and comes up again. */
async function reboot(world: World) {
  killDaemon(world);
  world.host.processes.clear();
  world.host.boot = "second";
  return startDaemon(world.host);
}

const statuses = async ({ instances }: Pick<World, "instances">) =>
  Object.fromEntries((await instances.list("default")).map(({ name, status }) => [name, status]));

test("a boot of the host brings back what ran, by boot.autostart", async () => {
  const world = await setUp();
  await launch(world, "ran");
  await launch(world, "never", { "boot.autostart": "false" });
  await launch(world, "stopped");
  await launch(world, "always", { "boot.autostart": "true" });
  for (const name of ["stopped", "always"])
    await done(world.instances.changeState("default", name, { action: "stop" }));
  const next = await reboot(world);
  expect(await statuses(next)).toEqual({
    always: "Starting",
    never: "Stopped",
    ran: "Starting",
    stopped: "Stopped",
  });
  expect((await next.instances.state("default", "ran")).boot?.why).toBe("The host was started.");
  await (await next.boot.bringBack())?.done;
  expect(await statuses(next)).toEqual({ always: "Running", never: "Stopped", ran: "Running", stopped: "Stopped" });
  expect((await world.host.store.instances.list()).filter(({ wanted }) => wanted).map(({ name }) => name)).toEqual([
    "always",
    "ran",
  ]);
});

it("starts in order, waiting where it is asked to", async () => {
  const world = await setUp();
  await launch(world, "web");
  await launch(world, "db", { "boot.autostart.priority": "9", "boot.autostart.delay": "5" });
  await launch(world, "log", { "boot.autostart.priority": "9" });
  const next = await reboot(world);
  const began = world.host.time.getTime();
  const started: [string, number][] = [];
  next.deps.events.subscribe(({ metadata }) => {
    const { action, source } = metadata as { action?: string; source: string };
    if (action === "instance-started") started.push([source, (world.host.time.getTime() - began) / 1000]);
  });
  await (await next.boot.bringBack())?.done;
  expect(started).toEqual([
    ["/1.0/instances/db", 0],
    ["/1.0/instances/log", 5],
    ["/1.0/instances/web", 5],
  ]);
});

it("says that the host went, keeps an ephemeral instance, and calls it no crash", async () => {
  const world = await setUp();
  await done(world.instances.create("default", web({ ephemeral: true, start: true })));
  const next = await reboot(world);
  await (await next.boot.bringBack())?.done;
  expect(next.actions).toEqual(["instance-stopped", "instance-started"]);
  expect(await statuses(next)).toEqual({ web: "Running" });
});

it("does nothing when only the daemon was restarted", async () => {
  const world = await setUp();
  await launch(world, "runs");
  await launch(world, "off", { "boot.autostart": "true" });
  await done(world.instances.changeState("default", "off", { action: "stop" }));
  killDaemon(world);
  const next = await startDaemon(world.host);
  expect(await next.boot.bringBack()).toBeUndefined();
  expect(await statuses(next)).toEqual({ off: "Stopped", runs: "Running" });
});

it("goes on where a daemon died, and starts nothing a second time", async () => {
  const world = await setUp();
  for (const name of ["one", "two"]) await launch(world, name);
  await launch(world, "off", { "boot.autostart": "true" });
  const second = await reboot(world);
  await done(second.instances.changeState("default", "one", { action: "start" }));
  await done(second.instances.changeState("default", "off", { action: "stop" }));
  killDaemon(second);
  const third = await startDaemon(world.host);
  expect(await statuses(third)).toEqual({ off: "Stopped", one: "Running", two: "Starting" });
  await (await third.boot.bringBack())?.done;
  expect(await statuses(third)).toEqual({ off: "Stopped", one: "Running", two: "Running" });
});

it("tries again what fails, then says why, and leaves it to the next daemon or the user", async () => {
  const world = await setUp();
  await launch(world, "web");
  const second = await reboot(world);
  const start = second.driver.start.bind(second.driver);
  second.driver.start = async () => {
    throw new LodgeError({ code: "instance_start_failed", message: "no such device" });
  };
  await (await second.boot.bringBack())?.done;
  expect(await statuses(second)).toEqual({ web: "Error" });
  expect((await second.instances.state("default", "web")).boot?.why).toMatch(/with the host: no such device/);
  killDaemon(second);
  const third = await startDaemon(world.host);
  expect(await statuses(third)).toEqual({ web: "Starting" });
  third.driver.start = start;
  await done(third.instances.changeState("default", "web", { action: "stop" }));
  expect(await statuses(third)).toEqual({ web: "Stopped" });
  await (await third.boot.bringBack())?.done;
  expect(await statuses(third)).toEqual({ web: "Stopped" });
});
