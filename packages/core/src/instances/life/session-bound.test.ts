import { describe, expect, it, vi } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

type Daemon = Awaited<ReturnType<typeof startDaemon>>;

const names = async ({ instances }: Daemon) => (await instances.list("default")).map(({ name }) => name);
const bound = async (more: object = { ephemeral: true }) => {
  const world = await setUp();
  await done(world.instances.create("default", web({ start: true, ...more })));
  return { ...world, end: await world.instances.bindToSession("default", "web") };
};

describe("an instance that is bound to a session", () => {
  it("is deleted with it", async () => {
    const world = await bound();
    await world.end();
    expect(await names(world)).toEqual([]);
    expect(world.host.processes.size).toBe(0);
    await world.end();
  });

  it("is stopped, when it is not ephemeral, and then like any other", async () => {
    const world = await bound({});
    await world.end();
    const { status, config } = await world.instances.get("default", "web");
    expect([status, config["volatile.session"]]).toEqual(["Stopped", undefined]);
  });

  it("may have ended before", async () => {
    const world = await bound();
    await done(world.instances.changeState("default", "web", { action: "stop", force: true }));
    await world.end();
    expect(await names(world)).toEqual([]);
  });

  it("goes with the daemon that had the session", async () => {
    const { host } = await bound();
    const next = await startDaemon(host);
    await vi.waitFor(async () => expect(await names(next)).toEqual([]), { timeout: 30_000 });
    expect(host.processes.size).toBe(0);
  });

  it("does not come back with the host", async () => {
    const { host } = await bound();
    host.processes.clear();
    host.boot = "second";
    const next = await startDaemon(host);
    expect(await next.boot.bringBack()).toBeUndefined();
    await vi.waitFor(async () => expect(await names(next)).toEqual([]), { timeout: 30_000 });
  });

  it("must run", async () => {
    const world = await setUp();
    await done(world.instances.create("default", web()));
    await expect(world.instances.bindToSession("default", "web")).rejects.toMatchObject({
      code: "instance_wrong_state",
    });
  });
});
