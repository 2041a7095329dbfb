import type { Config } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";
import { watchLifetimes } from "./expire.ts";

type Daemon = Awaited<ReturnType<typeof startDaemon>>;

/** Lets the watch see so many moments; `between` comes before the second. Returns what it waited for, in seconds. */
async function watch({ deps, runs }: Daemon, looks: number, between: () => Promise<unknown> = async () => undefined) {
  const serving = new AbortController();
  const waits: number[] = [];
  const wait = async (milliseconds: number) => {
    await deps.operations.idle();
    waits.push(milliseconds / 1000);
    if (waits.length === 1) await between();
    if (waits.length >= looks) return serving.abort();
    await deps.wait(milliseconds);
  };
  await watchLifetimes({ ...deps, wait }, runs, serving.signal);
  await deps.operations.idle();
  return waits;
}

const names = async ({ instances }: Daemon) => (await instances.list("default")).map(({ name }) => name);
const status = async ({ instances }: Daemon) => (await instances.get("default", "web")).status;
const worldWith = async (config: Config, more: object = {}) => {
  const world = await setUp();
  await done(world.instances.create("default", web({ config, ...more })));
  return world;
};
const change = (world: Daemon, config: Config) =>
  done(
    world.instances.update("default", "web", ({ config: own, devices }) => ({
      devices,
      config: { ...own, ...config },
    })),
  );

describe("an instance whose time is up", () => {
  it.each([
    ["is deleted, stopped", {}],
    ["is deleted, running", { start: true }],
    ["is deleted, ephemeral and running", { start: true, ephemeral: true }],
  ])("%s", async (_what, more) => {
    const world = await worldWith({ ttl: "30s" }, more);
    expect(await watch(world, 2)).toEqual([30, 60]);
    expect(await names(world)).toEqual([]);
    expect(world.actions).toContain("instance-expired");
    expect(world.actions.at(-1)).toBe("instance-deleted");
    expect(world.host.processes.size).toBe(0);
  });

  it("is deleted by the next daemon, however late", async () => {
    const { host } = await worldWith({ ttl: "1h" }, { start: true });
    host.time = new Date(host.time.getTime() + 86_400_000);
    const next = await startDaemon(host);
    await watch(next, 1);
    expect(await names(next)).toEqual([]);
  });

  it("stays when it is protected, stopped, and does not start again", async () => {
    const world = await worldWith({ ttl: "30s", "security.protection.delete": "true" }, { start: true });
    await watch(world, 3);
    expect(await status(world)).toBe("Stopped");
    expect(world.actions.filter((action) => action === "instance-expired")).toHaveLength(1);
    const start = world.instances.changeState("default", "web", { action: "start" });
    await expect(start).rejects.toMatchObject({ code: "instance_expired" });
    await change(world, { ttl: "1h" });
    await done(world.instances.changeState("default", "web", { action: "start" }));
  });

  it("lives on with another ttl", async () => {
    const world = await worldWith({ ttl: "30s" });
    await watch(world, 2, () => change(world, { ttl: "1h" }));
    expect(await names(world)).toEqual(["web"]);
  });
});

describe("looking for them", () => {
  it("is done when a nearer end comes", async () => {
    const world = await worldWith({});
    const serving = new AbortController();
    const waits: number[] = [];
    const wait = async (milliseconds: number, signal?: AbortSignal) => {
      waits.push(milliseconds / 1000);
      if (waits.length === 2) return serving.abort();
      await change(world, { ttl: "7s" });
      expect(signal?.aborted).toBe(true);
    };
    await watchLifetimes({ ...world.deps, wait }, world.runs, serving.signal);
    expect(waits).toEqual([60, 7]);
  });

  it("notes the end of what came with a ttl by another way", async () => {
    const world = await worldWith({});
    const [record] = await world.host.store.instances.list();
    if (record) await world.host.store.instances.put({ ...record, config: { ...record.config, ttl: "20s" } });
    expect(await watch(world, 2)).toEqual([20, 60]);
    expect(await names(world)).toEqual([]);
  });
});
