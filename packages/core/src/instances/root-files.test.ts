import { expect, it, vi } from "vitest";
import type { GuestFiles } from "./driver.ts";
import { done, setUp, web } from "./testing/fake-host.ts";

/** As the files of real drivers: of a class whose methods work on its own objects only. */
class NamesOnly {
  readonly #names = ["etc"];
  readonly closed: () => void;

  constructor(closed: () => void) {
    this.closed = closed;
  }

  async list(): Promise<string[]> {
    return this.#names;
  }

  async close(): Promise<void> {
    this.closed();
  }
}

it("are those of the driver, and hold the lock until they are closed", async () => {
  const world = await setUp();
  await done(world.instances.create("default", web()));
  const closed = vi.fn();
  world.driver.files = async () => new NamesOnly(closed) as unknown as GuestFiles;
  const files = await world.instances.files("default", "web");
  expect(await files.list("/")).toEqual(["etc"]);
  const started = done(world.instances.changeState("default", "web", { action: "start" }));
  expect(closed).not.toHaveBeenCalled();
  await files.close();
  expect(closed).toHaveBeenCalledOnce();
  await started;
});

it("are shared by who opens them at once, and are no more when somebody else needs the instance", async () => {
  const world = await setUp();
  await done(world.instances.create("default", web()));
  const closed = vi.fn();
  world.driver.files = async () => new NamesOnly(closed) as unknown as GuestFiles;
  const [one, other] = await Promise.all([1, 2, 3].map(() => world.instances.files("default", "web")));
  await one?.close();
  expect(await other?.list("/")).toEqual(["etc"]);
  const third = await world.instances.files("default", "web");
  const started = done(world.instances.changeState("default", "web", { action: "start" }));
  await Promise.all([other?.close(), third.close()]);
  expect(closed).toHaveBeenCalledTimes(3);
  await expect(
    Promise.race([started.then(() => "started"), new Promise((r) => setTimeout(r, 50, "waits"))]),
  ).resolves.toBe("waits");
});
