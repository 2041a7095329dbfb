import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import { expiredBackups, watchExpiry } from "../snapshots/expiry.ts";
import { FakePool } from "../storage/testing/fake-pool.ts";
import { FakeArchives } from "./testing/fake-archives.ts";

const name = { project: "default", name: "web" };

/** An instance with a snapshot `a` of what it was, and what it is now. */
async function withWeb(start = false) {
  const world = await setUp();
  const { instances, snapshots, host } = world;
  await done(instances.create("default", web({ config: { "user.a": "1" }, start })));
  const id = (await host.store.instances.list())[0]?.id as InstanceId;
  host.pool.contents.set(id, "then");
  await done(snapshots.create("default", "web", { name: "a" }));
  host.pool.contents.set(id, "now");
  const contentOf = async (name: string) => {
    const record = (await host.store.instances.list()).find((each) => each.name === name);
    return host.pool.contents.get(record?.id as InstanceId);
  };
  return { ...world, id, contentOf };
}

type World = Awaited<ReturnType<typeof withWeb>>;

const stream = async ({ backups }: World, request = {}) => text(await backups.stream(name, request));
const bring = ({ instances }: Pick<World, "instances">, backup: string, request = {}) =>
  done(instances.import("default", Readable.from([backup]), request));
/** Roots that are no instance's. */
const roots = async ({ host }: World) => {
  const instances = new Set((await host.store.instances.list()).map(({ id }) => id as string));
  return [...host.pool.roots.keys()].filter((id) => !instances.has(id));
};

describe("a stream", () => {
  it.each([false, true])("has the instance and its snapshots as they are, running: %s", async (running) => {
    const world = await withWeb(running);
    const { index, states } = JSON.parse(await stream(world));
    expect(states).toEqual([{ snapshot: "a", content: "then" }, { content: "now" }]);
    expect(index).toMatchObject({ name: "web", type: "container", pool: "default", snapshots: ["a"] });
    expect(index.config.container).toMatchObject({
      config: { "user.a": "1" },
      profiles: ["default"],
      status: "Stopped",
    });
    expect(index.config.snapshots[0]).toMatchObject({ name: "a" });
    expect(index.config.profiles[0]).toMatchObject({ name: "default" });
    await expect.poll(() => roots(world)).toEqual([]);
    expect(world.host.pool.prepared.size).toBe(running ? 1 : 0);
  });

  it("may leave the snapshots out", async () => {
    const world = await withWeb();
    expect(JSON.parse(await stream(world, { instance_only: true })).states).toEqual([{ content: "now" }]);
  });

  it("holds a stopped container back until it is over, and leaves nothing when it is cut short", async () => {
    const world = await withWeb();
    const { instances } = world;
    const open = await world.backups.stream(name, {});
    const start = done(instances.changeState("default", "web", { action: "start" }));
    await new Promise(setImmediate);
    expect((await instances.get("default", "web")).status).toBe("Stopped");
    open.destroy();
    await start;
    expect((await instances.get("default", "web")).status).toBe("Running");
    expect(await roots(world)).toEqual([]);
  });

  it("is refused of what does not exist, and leaves nothing when it cannot be begun", async () => {
    const world = await withWeb(true);
    const { backups, host } = world;
    await expect(backups.stream({ ...name, name: "none" }, {})).rejects.toMatchObject({ code: "instance_not_found" });
    host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(backups.stream(name, {})).rejects.toMatchObject({ code: "pool_full" });
    expect(await roots(world)).toEqual([]);
  });
});

describe("an import", () => {
  it("makes the same instance again, as what it was, where that is gone", async () => {
    const world = await withWeb();
    const { instances, snapshots, host } = world;
    const before = await instances.get("default", "web");
    const kept = await snapshots.list("default", "web");
    const backup = await stream(world);
    await done(instances.delete("default", "web"));
    await bring(world, backup);
    expect(await instances.get("default", "web")).toEqual(before);
    expect(await snapshots.list("default", "web")).toEqual(kept);
    expect(await world.contentOf("web")).toBe("now");
    await done(instances.update("default", "web", { restore: "a" }));
    expect(await world.contentOf("web")).toBe("then");
    expect(host.archives.open).toBe(0);
  });

  it("goes back to its snapshots in the pool that it was put into", async () => {
    const world = await withWeb();
    const { instances, deps } = world;
    const fast = new FakePool();
    (deps.pools as Map<string, FakePool>).set("fast", fast);
    const written = JSON.parse(await stream(world));
    // A fake knows its roots by the pool that they lie in.
    Object.assign(deps, { archives: new FakeArchives(fast) });
    await bring(world, JSON.stringify(written), { name: "b", pool: "fast" });
    await done(instances.update("default", "b", { restore: "a" }));
    expect([...fast.contents.values()]).toEqual(["then"]);
    expect((await instances.get("default", "b")).devices["root"]).toMatchObject({ pool: "fast" });
  });

  it("has an identity of its own beside the one that it is of", async () => {
    const world = await withWeb();
    await bring(world, await stream(world), { name: "again", config: { "user.b": "2" } });
    const [first, second] = [
      await world.instances.get("default", "web"),
      await world.instances.get("default", "again"),
    ];
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr", "volatile.eth0.ipv4_address"]) {
      expect(second.config[key]).toBeDefined();
      expect(second.config[key]).not.toBe(first.config[key]);
    }
    expect(second.config).toMatchObject({ "user.a": "1", "user.b": "2" });
    expect(second).toMatchObject({ status: "Stopped", created_at: first.created_at });
  });

  it.each([
    [{}, "instance_exists"],
    [{ name: "a/b" }, "instance_name_invalid"],
    [{ name: "b", pool: "none" }, "pool_not_found"],
    [{ name: "b", config: { "limits.cpu": "x" } }, "config_value_invalid"],
  ])("of %j is refused as %s before anything is read", async (request, code) => {
    const world = await withWeb();
    const backup = await stream(world);
    await expect(bring(world, backup, request)).rejects.toMatchObject({ code });
    expect(await world.host.store.instances.list()).toHaveLength(1);
    expect(world.host.archives.open).toBe(0);
  });

  it("of a damaged backup leaves nothing, whatever had come of it", async () => {
    const world = await withWeb();
    world.host.pool.contents.set(world.id, "damaged");
    const backup = await stream(world);
    await expect(bring(world, backup, { name: "b" })).rejects.toMatchObject({ code: "backup_invalid" });
    expect(await world.host.store.instances.list()).toHaveLength(1);
    expect(await world.host.store.snapshots.list()).toHaveLength(1);
    expect(await roots(world)).toEqual([]);
    expect(world.host.archives.open).toBe(0);
  });
});

describe("backups that are kept", () => {
  it("are of the moment when they were made, under names that count", async () => {
    const world = await withWeb();
    const { backups, host, id, actions } = world;
    const operation = await done(backups.create(name, {}));
    expect(operation.render().resources["backups"]).toEqual(["/1.0/backups/backup0"]);
    await done(backups.create(name, { instance_only: true }));
    host.pool.contents.set(id, "later");
    expect((await backups.list(name)).map(({ name, instance_only }) => [name, instance_only])).toEqual([
      ["backup0", false],
      ["backup1", true],
    ]);
    for (const [backup, count] of [
      ["backup0", 2],
      ["backup1", 1],
    ] as const) {
      const { states } = JSON.parse(await text(await backups.fetch(name, backup)));
      expect(states).toHaveLength(count);
      expect(states.at(-1)).toEqual({ content: "now" });
    }
    await done(backups.rename(name, "backup0", { name: "monday" }));
    expect(await backups.get(name, "monday")).toMatchObject({ expires_at: "0001-01-01T00:00:00Z" });
    await done(backups.delete(name, "monday"));
    expect(await roots(world)).toHaveLength(1);
    expect(actions).toEqual(expect.arrayContaining(["instance-backup-created", "instance-backup-deleted"]));
  });

  it.each([
    [{ name: "a/b" }, "request_invalid"],
    [{ name: "taken" }, "backup_exists"],
  ])("are refused: %j as %s", async (request, code) => {
    const { backups } = await withWeb();
    await done(backups.create(name, { name: "taken" }));
    await expect(backups.create(name, request)).rejects.toMatchObject({ code });
    await expect(backups.fetch(name, "none")).rejects.toMatchObject({ code: "backup_not_found" });
  });

  it("are not removed while they are read", async () => {
    const world = await withWeb();
    const { backups } = world;
    await done(backups.create(name, {}));
    const open = await backups.fetch(name, "backup0");
    const removal = done(backups.delete(name, "backup0"));
    await new Promise(setImmediate);
    expect(await roots(world)).toHaveLength(1);
    open.destroy();
    await removal;
    expect(await roots(world)).toEqual([]);
  });

  it("go when their time has come, and with their instance", async () => {
    const world = await withWeb();
    const { backups, deps, host, instances } = world;
    await done(backups.create(name, { expires_at: host.time.toISOString() }));
    await done(backups.create(name, {}));
    const end = new AbortController();
    await watchExpiry({ ...deps, wait: async () => end.abort() }, [expiredBackups(deps.store, backups)], end.signal);
    expect((await backups.list(name)).map(({ name }) => name)).toEqual(["backup1"]);
    await done(instances.delete("default", "web"));
    expect(host.pool.roots.size).toBe(0);
    expect(await host.store.backups.list()).toEqual([]);
  });

  it("outlive the daemon; what was half-made does not", async () => {
    const world = await withWeb();
    const { backups, host } = world;
    await done(backups.create(name, { name: "whole" }));
    await done(backups.create(name, { name: "half" }));
    const half = (await host.store.backups.list()).find(({ name }) => name === "half");
    if (half) await host.store.backups.put({ ...half, life: "creating" });
    await host.pool.createRoot({ id: "0000beef" as InstanceId, type: "container" });
    world.runs.close();
    const next = await startDaemon(host);
    expect((await next.backups.list(name)).map(({ name }) => name)).toEqual(["whole"]);
    expect(await roots(world)).toHaveLength(1);
    expect(JSON.parse(await text(await next.backups.fetch(name, "whole"))).states).toHaveLength(2);
  });

  it("leave nothing when they cannot be made", async () => {
    const world = await withWeb();
    const { backups, host } = world;
    host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(done(backups.create(name, {}))).rejects.toMatchObject({ code: "pool_full" });
    expect(await host.store.backups.list()).toEqual([]);
    expect(await roots(world)).toEqual([]);
  });
});

describe("in the form of a pool's own", () => {
  const optimized = { optimized_storage: true };

  it("a container and its snapshots are sent, each in what it differs from the one before", async () => {
    const world = await withWeb();
    const { host, backups } = world;
    const streams = host.pool.stream();
    const { index, states } = JSON.parse(await stream(world, optimized));
    expect(index).toMatchObject({ optimized: true, optimized_header: true, backend: "dir" });
    expect(states.map(({ content }: { content: string }) => JSON.parse(content))).toEqual([
      { content: "then" },
      { since: "then", content: "now" },
    ]);
    await done(backups.create(name, optimized));
    host.pool.contents.set(world.id, "later");
    expect(await backups.get(name, "backup0")).toMatchObject({ optimized_storage: true });
    const kept = JSON.parse(await text(await backups.fetch(name, "backup0")));
    expect(JSON.parse(kept.states.at(-1).content)).toMatchObject({ content: "now" });
    expect(streams.open).toBe(0);
  });

  it("is not missed where the pool has none, as in LXD", async () => {
    const world = await withWeb();
    const { index, states } = JSON.parse(await stream(world, optimized));
    expect(index.optimized).toBe(false);
    expect(states.at(-1)).toEqual({ content: "now" });
    await done(world.backups.create(name, optimized));
    expect(await world.backups.get(name, "backup0")).toMatchObject({ optimized_storage: false });
  });

  it("is received by a pool of the same driver, and by no other", async () => {
    const world = await withWeb();
    const { host, instances } = world;
    host.pool.stream();
    const written = JSON.parse(await stream(world, optimized));
    written.index.backend = "fake";
    const backup = JSON.stringify(written);
    await bring(world, backup, { name: "b" });
    expect(await world.contentOf("b")).toBe("now");
    await done(instances.update("default", "b", { restore: "a" }));
    expect(await world.contentOf("b")).toBe("then");
    delete host.pool.streams;
    const refused = bring(world, backup, { name: "c" });
    await expect(refused).rejects.toMatchObject({ code: "not_supported", message: /--optimized-storage on a pool/ });
    expect(await instances.list("default")).toHaveLength(2);
    expect(host.archives.open).toBe(0);
  });
});
