import { LodgeError } from "@lodge/api";
import { beforeEach, describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "./testing/fake-host.ts";

type World = Awaited<ReturnType<typeof setUp>>;

let world: World;

beforeEach(async () => {
  world = await setUp();
  await done(world.instances.create("default", web()));
  await hold("web", "old");
  await done(world.snapshots.create("default", "web", { name: "snap0" }));
  await done(world.instances.create("default", copy()));
  await done(
    world.instances.update("default", "copied", {
      description: "Mine",
      config: { "image.os": "tiny", "user.a": "own" },
    }),
  );
  await hold("web", "new");
  await done(world.snapshots.create("default", "web", { name: "snap1" }));
});

const copy = (source: object = {}) => ({ name: "copied", source: { type: "copy" as const, source: "web", ...source } });
const refresh = (more: object = {}) => world.instances.create("default", { ...copy({ refresh: true }), ...more });

async function recordOf(name: string) {
  return (await world.host.store.instances.list()).find((record) => record.name === name);
}

async function hold(name: string, content: string): Promise<void> {
  const record = await recordOf(name);
  if (record) world.host.pool.contents.set(record.id, content);
}

async function contentOf(name: string): Promise<string | undefined> {
  const record = await recordOf(name);
  return record && world.host.pool.contents.get(record.id);
}

const snapshotsOf = async (name: string) => (await world.snapshots.list("default", name)).map((each) => each.name);

describe("a refresh", () => {
  it("makes the copy what the source is now, and leaves its name, configuration and identity", async () => {
    const before = await world.instances.get("default", "copied");
    await done(world.snapshots.create("default", "copied", { name: "own" }));
    const source = await world.instances.get("default", "web");
    await done(refresh({ config: source.config }));
    expect([await contentOf("copied"), await contentOf("web")]).toEqual(["new", "new"]);
    expect(await snapshotsOf("copied")).toEqual(["snap0", "snap1"]);
    const after = await world.instances.get("default", "copied");
    const from = { "volatile.refreshed_from": source.config["volatile.uuid"] };
    expect(after).toMatchObject({ ...before, config: { ...before.config, ...from } });
    expect(after.config["volatile.uuid"]).not.toBe(source.config["volatile.uuid"]);
    expect(world.host.pool.roots.size).toBe(2);
    expect((await world.host.store.instances.list()).map(({ life }) => life)).toEqual(["present", "present"]);
  });

  it("is followed by a configuration of the source's, of which the identity is left aside", async () => {
    await done(refresh());
    const { config } = await world.instances.get("default", "web");
    const own = (await world.instances.get("default", "copied")).config;
    await done(world.instances.update("default", "copied", { config: { ...config, "user.b": "source" } }));
    const after = (await world.instances.get("default", "copied")).config;
    expect(after).toMatchObject({ "user.b": "source" });
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr"]) expect(after[key]).toBe(own[key]);
  });

  it("keeps the copy's backups", async () => {
    await done(world.backups.create({ project: "default", name: "copied" }, { name: "kept" }));
    await done(refresh());
    const kept = await world.backups.list({ project: "default", name: "copied" });
    expect(kept.map(({ name }) => name)).toEqual(["kept"]);
  });

  it("makes the copy where there is none, without the notes that clients send along", async () => {
    const { config } = await world.instances.get("default", "web");
    await done(world.instances.create("default", { ...copy({ refresh: true }), name: "another", config }));
    const made = await world.instances.get("default", "another");
    expect(made.config["volatile.uuid"]).not.toBe(config["volatile.uuid"]);
    expect(await contentOf("another")).toBe("new");
  });

  it("changes nothing when it fails", async () => {
    world.host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_full", message: "No room." }));
    const before = await recordOf("copied");
    await expect(done(refresh())).rejects.toMatchObject({ code: "pool_full" });
    expect(await recordOf("copied")).toEqual(before);
    expect(await contentOf("copied")).toBe("old");
    expect(await snapshotsOf("copied")).toEqual(["snap0"]);
    expect((await world.host.store.instances.list()).length).toBe(2);
  });

  it("that a daemon does not live to finish is undone by the next", async () => {
    const reached = Promise.withResolvers<void>();
    const copyRoot = world.host.pool.copyRoot.bind(world.host.pool);
    world.host.pool.copyRoot = (what, request) =>
      copyRoot(what, request).then(() => (reached.resolve(), new Promise(() => {})));
    void done(refresh()).catch(() => undefined);
    await reached.promise;
    await startDaemon(world.host);
    expect((await world.host.store.instances.list()).map(({ name }) => name)).toEqual(["copied", "web"]);
    expect(world.host.pool.roots.size).toBe(2);
    expect(await contentOf("copied")).toBe("old");
  });

  it("does not take the place of what was started meanwhile", async () => {
    const copyRoot = world.host.pool.copyRoot.bind(world.host.pool);
    world.host.pool.copyRoot = async (what, request) => {
      await copyRoot(what, request);
      await done(world.instances.changeState("default", "copied", { action: "start" }));
    };
    await expect(done(refresh())).rejects.toMatchObject({ code: "instance_wrong_state" });
    expect(await contentOf("copied")).toBe("old");
    expect((await world.instances.get("default", "copied")).status).toBe("Running");
    expect(world.host.pool.roots.size).toBe(2);
  });

  it.each([
    ["with itself", { name: "web" }, "request_invalid"],
    [
      "without the source's snapshots, of what has some",
      copy({ refresh: true, instance_only: true }),
      "instance_has_snapshots",
    ],
  ])("is refused %s", async (_what, more, code) => {
    await expect(refresh(more)).rejects.toMatchObject({ code });
  });

  it("is refused of what runs, and of another type", async () => {
    await done(world.instances.changeState("default", "copied", { action: "start" }));
    await expect(refresh()).rejects.toMatchObject({ code: "instance_wrong_state" });
    const vm = { name: "vm", type: "virtual-machine" as const, source: { type: "image" as const, alias: "machine" } };
    await done(world.instances.create("default", vm));
    await expect(refresh({ name: "vm" })).rejects.toMatchObject({ code: "request_invalid" });
  });
});
