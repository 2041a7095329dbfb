import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import { expiredOfInstances, watchExpiry } from "./expiry.ts";

const content = "contents of the root";

async function withWeb(start = false) {
  const world = await setUp();
  await done(world.instances.create("default", web({ config: { "user.a": "1" }, start })));
  const [record] = await world.host.store.instances.list();
  if (!record) throw new Error("no record");
  world.host.pool.contents.set(record.id, content);
  const create = (name?: string, expires_at?: string) =>
    done(world.snapshots.create("default", "web", { ...(name && { name }), ...(expires_at && { expires_at }) }));
  const restore = (name: string) => done(world.instances.update("default", "web", { restore: name }));
  const names = async (instance = "web") =>
    (await world.snapshots.list("default", instance)).map((snapshot) => snapshot.name);
  return { ...world, id: record.id, record, create, restore, names };
}

/** The daemon dies and does nothing any more. */
function kill({ deps, runs }: Pick<Awaited<ReturnType<typeof setUp>>, "deps" | "runs">): void {
  runs.close();
  deps.lock.run = () => new Promise(() => {});
}

describe("creating snapshots", () => {
  it("keeps the instance as it is, under names that count", async () => {
    const { create, snapshots, actions, host } = await withWeb();
    const operation = await create();
    expect(operation.render().resources).toEqual({
      instances: ["/1.0/instances/web"],
      instances_snapshots: ["/1.0/instances/web/snapshots/snap0"],
    });
    await create("before", "2026-03-04T05:06:07+01:00");
    await create();
    const all = await snapshots.list("default", "web");
    expect(all.map(({ name, expires_at }) => [name, expires_at])).toEqual([
      ["before", "2026-03-04T04:06:07.000Z"],
      ["snap0", "0001-01-01T00:00:00Z"],
      ["snap1", "0001-01-01T00:00:00Z"],
    ]);
    expect(all[0]).toMatchObject({ config: { "user.a": "1" }, profiles: ["default"], size: content.length });
    expect(all[0]?.expanded_devices).toHaveProperty("root");
    expect(actions.filter((action) => action === "instance-snapshot-created")).toHaveLength(3);
    expect(await host.store.snapshots.list()).toHaveLength(3);
  });

  it("follows the instance's pattern and expiry where the request says nothing", async () => {
    const { instances, snapshots, host, create } = await withWeb();
    const config = { "snapshots.pattern": "auto%d", "snapshots.expiry": "2H" };
    await done(
      instances.update("default", "web", ({ devices, profiles }) => ({ config, devices, profiles: [...profiles] })),
    );
    await create();
    await create("forever", "0001-01-01T00:00:00Z");
    const kept = new Map((await snapshots.list("default", "web")).map((each) => [each.name, each.expires_at]));
    const { time } = host;
    expect(Math.abs(Date.parse(kept.get("auto0") ?? "") - time.getTime() - 7_200_000)).toBeLessThan(60_000);
    expect(kept.get("forever")).toBe("0001-01-01T00:00:00Z");
  });

  it.each([
    [{ name: "a/b" }, "snapshot_name_invalid"],
    [{ name: "taken" }, "snapshot_exists"],
    [{ stateful: true }, "state_unsupported"],
  ])("refuses %j as %s", async (request, code) => {
    const { create, snapshots } = await withWeb();
    await create("taken");
    await expect(snapshots.create("default", "web", request)).rejects.toMatchObject({ code });
  });

  it("keeps nothing of one that fails", async () => {
    const { create, host, names } = await withWeb();
    host.pool.snapshots.failures.set("create", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(create()).rejects.toMatchObject({ code: "pool_full" });
    expect(await names()).toEqual([]);
    expect(await host.store.snapshots.list()).toEqual([]);
  });

  it("holds an instance still that runs, and lets it go", async () => {
    const { create, host, id } = await withWeb(true);
    const paused: (boolean | undefined)[] = [];
    const keep = host.pool.snapshots.create.bind(host.pool.snapshots);
    host.pool.snapshots.create = (of, live) =>
      keep(of, live && { still: (work) => live.still(() => (paused.push(host.processes.get(id)?.paused), work())) });
    await create();
    expect(paused).toEqual([true]);
    expect(host.processes.get(id)).toMatchObject({ paused: false });
  });
});

describe("restoring", () => {
  it("brings back root and configuration, and keeps identity and addresses", async () => {
    const { create, restore, instances, host, id, actions } = await withWeb();
    await create();
    const before = await instances.get("default", "web");
    host.pool.contents.set(id, "changed");
    await done(instances.update("default", "web", { config: { "user.b": "2" }, profiles: ["default"], devices: {} }));
    await restore("snap0");
    expect(host.pool.contents.get(id)).toBe(content);
    expect((await instances.get("default", "web")).config).toEqual(before.config);
    await restore("web/snap0");
    expect(actions.filter((action) => action === "instance-restored")).toHaveLength(2);
    expect((await host.store.instances.get(id))?.pending).toBeUndefined();
  });

  it("ends an instance that runs, and starts it again; an ephemeral one, too", async () => {
    const { create, restore, instances, actions, host, id, record } = await withWeb(true);
    await host.store.instances.put({ ...record, wanted: true, ephemeral: true });
    await create();
    actions.length = 0;
    await restore("snap0");
    expect(actions).toEqual(["instance-stopped", "instance-restored", "instance-started"]);
    expect(await instances.get("default", "web")).toMatchObject({ status: "Running", ephemeral: true });
    expect(host.processes.has(id)).toBe(true);
  });

  it.each([
    ["gone", "snapshot_not_found"],
    ["db/snap0", "request_invalid"],
  ])("refuses %s as %s", async (name, code) => {
    const { create, restore } = await withWeb();
    await create();
    await expect(restore(name)).rejects.toMatchObject({ code });
  });

  it("refuses what the instance cannot be any more, before it is stopped", async () => {
    const { create, restore, host, instances } = await withWeb(true);
    const profile = { name: "extra", project: "default", description: "", config: {}, devices: {} };
    await host.store.profiles.put(profile);
    await done(instances.update("default", "web", { profiles: ["default", "extra"], config: {}, devices: {} }));
    await create();
    await done(instances.update("default", "web", { profiles: ["default"], config: {}, devices: {} }));
    await host.store.profiles.remove({ project: "default", name: "extra" });
    await expect(restore("snap0")).rejects.toMatchObject({ code: "profile_not_found" });
    expect(await instances.get("default", "web")).toMatchObject({ status: "Running" });
    expect((await instances.list("default"))[0]?.profiles).toEqual(["default"]);
  });

  it("leaves the instance as it was, and running, when the pool fails", async () => {
    const { create, restore, instances, host, id } = await withWeb(true);
    await create();
    host.pool.contents.set(id, "changed");
    await done(instances.update("default", "web", { config: { "user.b": "2" }, devices: {} }));
    host.pool.snapshots.failures.set("restore", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(restore("snap0")).rejects.toMatchObject({ code: "pool_full" });
    expect(host.pool.contents.get(id)).toBe("changed");
    expect(await instances.get("default", "web")).toMatchObject({ status: "Running" });
    expect((await instances.get("default", "web")).config).toHaveProperty(["user.b"]);
  });

  it("is finished by the next daemon, whether the root was made or not", async () => {
    const world = await withWeb();
    await world.create();
    world.host.pool.contents.set(world.id, "changed");
    await done(world.instances.update("default", "web", { config: {}, devices: {} }));
    world.host.pool.snapshots.restore = () => new Promise(() => {});
    const begun = await world.instances.update("default", "web", { restore: "snap0" });
    await expect.poll(async () => (await world.host.store.instances.get(world.id))?.pending).toBeDefined();
    expect(begun.finished).toBe(false);
    kill(world);
    Reflect.deleteProperty(world.host.pool.snapshots, "restore");
    const next = await startDaemon(world.host);
    expect(world.host.pool.contents.get(world.id)).toBe(content);
    expect((await next.instances.get("default", "web")).config).toMatchObject({ "user.a": "1" });
    await done(next.instances.changeState("default", "web", { action: "start" }));
  });

  it("that cannot be finished leaves an instance that says so until it is restored again", async () => {
    const world = await withWeb();
    await world.create();
    const [snapshot] = await world.host.store.snapshots.list();
    if (!snapshot) throw new Error("no snapshot");
    await world.host.store.instances.put({ ...world.record, pending: { kind: "restore", snapshot: snapshot.id } });
    kill(world);
    world.host.pool.snapshots.failures.set("restore", new LodgeError({ code: "pool_full", message: "No room." }));
    const next = await startDaemon(world.host);
    const start = () => done(next.instances.changeState("default", "web", { action: "start" }));
    await expect(start()).rejects.toMatchObject({
      code: "instance_wrong_state",
      message: /restore it from a snapshot/,
    });
    await expect(done(next.snapshots.create("default", "web", {}))).rejects.toMatchObject({
      code: "instance_wrong_state",
    });
    await done(next.instances.update("default", "web", { restore: "snap0" }));
    await start();
  });
});

describe("changing snapshots", () => {
  it("renames, sets the expiry and takes it away", async () => {
    const { create, snapshots, names, actions } = await withWeb();
    await create("a");
    await create("b");
    await expect(snapshots.rename("default", "web", "a", { name: "b" })).rejects.toMatchObject({
      code: "snapshot_exists",
    });
    await done(snapshots.rename("default", "web", "a", { name: "c" }));
    expect(await names()).toEqual(["b", "c"]);
    await done(snapshots.update("default", "web", "c", { expires_at: "2030-01-01T00:00:00Z" }));
    expect(await snapshots.get("default", "web", "c")).toMatchObject({ expires_at: "2030-01-01T00:00:00.000Z" });
    await done(snapshots.update("default", "web", "c", {}));
    expect(await snapshots.get("default", "web", "c")).toMatchObject({ expires_at: "2030-01-01T00:00:00.000Z" });
    await done(snapshots.update("default", "web", "c", { expires_at: "0001-01-01T00:00:00Z" }));
    expect(await snapshots.get("default", "web", "c")).toMatchObject({ expires_at: "0001-01-01T00:00:00Z" });
    expect(actions).toContain("instance-snapshot-renamed");
  });

  it("deletes, and forgets with the instance", async () => {
    const { create, snapshots, instances, names, host, actions, id } = await withWeb();
    await create("a");
    await create("b");
    await done(snapshots.delete("default", "web", "a"));
    expect(await names()).toEqual(["b"]);
    await expect(snapshots.delete("default", "web", "a")).rejects.toMatchObject({ code: "snapshot_not_found" });
    expect(actions).toContain("instance-snapshot-deleted");
    await done(instances.delete("default", "web"));
    expect(await host.store.snapshots.list()).toEqual([]);
    expect(host.pool.snapshots.kept.get(id)?.size ?? 0).toBe(0);
  });

  it("deletes those whose time has come", async () => {
    const { create, snapshots, names, deps, host } = await withWeb();
    await create("soon", "2026-01-02T03:05:00Z");
    await create("later", "2026-01-02T09:00:00Z");
    await create("never");
    const end = new AbortController();
    const looks: number[] = [];
    const wait = async (milliseconds: number) => {
      looks.push(host.time.getTime());
      host.time = new Date(host.time.getTime() + milliseconds);
      if (looks.length === 3) end.abort();
    };
    await watchExpiry({ ...deps, wait }, [expiredOfInstances(deps.store, snapshots)], end.signal);
    expect(await names()).toEqual(["later", "never"]);
  });

  it("settles what a daemon left in the middle", async () => {
    const world = await withWeb();
    for (const name of ["made", "half", "going"]) await world.create(name);
    for (const [name, life] of [
      ["half", "creating"],
      ["going", "deleting"],
    ] as const) {
      const row = (await world.host.store.snapshots.list()).find((each) => each.name === name);
      if (row) await world.host.store.snapshots.put({ ...row, life });
    }
    expect(await world.names()).toEqual(["made"]);
    kill(world);
    const next = await startDaemon(world.host);
    expect((await next.snapshots.list("default", "web")).map(({ name }) => name)).toEqual(["made"]);
    expect(world.host.pool.snapshots.kept.get(world.id)?.size).toBe(1);
    expect(await world.host.store.snapshots.list()).toHaveLength(1);
  });
});

describe("copying", () => {
  it("takes over configuration and snapshots, without the identity", async () => {
    const { create, instances, snapshots, host } = await withWeb();
    await create("a");
    const request = { name: "copy", source: { type: "copy" as const, source: "web" }, config: { "user.b": "2" } };
    await done(instances.create("default", request));
    const [copy, original] = [await instances.get("default", "copy"), await instances.get("default", "web")];
    expect(copy.config).toMatchObject({ "user.a": "1", "user.b": "2", "image.os": "tiny" });
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr", "volatile.eth0.ipv4_address"])
      expect(copy.config[key]).not.toBe(original.config[key]);
    expect(copy.config["volatile.base_image"]).toBe(original.config["volatile.base_image"]);
    const [along] = await snapshots.list("default", "copy");
    expect(along).toMatchObject({ name: "a", size: content.length });
    expect(along?.config).not.toHaveProperty(["volatile.uuid"]);
    const record = (await host.store.instances.list()).find(({ name }) => name === "copy");
    expect(host.pool.contents.get(record?.id as InstanceId)).toBe(content);
    await done(snapshots.delete("default", "web", "a"));
    await done(instances.update("default", "copy", { restore: "a" }));
  });

  it("leaves the snapshots out where asked to, and copies one of them", async () => {
    const { create, instances, snapshots, host, id } = await withWeb();
    await create("a");
    host.pool.contents.set(id, "changed");
    const copy = (name: string, source: string, instance_only?: boolean) =>
      done(
        instances.create("default", {
          name,
          source: { type: "copy", source, ...(instance_only && { instance_only }) },
        }),
      );
    await copy("alone", "web", true);
    expect(await snapshots.list("default", "alone")).toEqual([]);
    await copy("old", "web/a");
    expect(await snapshots.list("default", "old")).toEqual([]);
    const record = (await host.store.instances.list()).find(({ name }) => name === "old");
    expect(host.pool.contents.get(record?.id as InstanceId)).toBe(content);
    await expect(copy("none", "web/b")).rejects.toMatchObject({ code: "snapshot_not_found" });
  });

  it("copies one that runs while it is still, and takes what lxc sends back", async () => {
    const { instances } = await withWeb(true);
    const { config, devices, profiles } = await instances.get("default", "web");
    const sent = Object.entries(config).filter(([key]) => key === "volatile.base_image" || !key.startsWith("volatile"));
    const source = { type: "copy" as const, source: "web" };
    await done(
      instances.create("default", {
        name: "copy",
        source,
        config: Object.fromEntries(sent),
        devices,
        profiles,
        type: "",
      }),
    );
    expect(await instances.get("default", "copy")).toMatchObject({ status: "Stopped" });
    const foreign = { name: "other", source, config: { "volatile.uuid": "x" } };
    await expect(instances.create("default", foreign)).rejects.toMatchObject({ code: "config_key_readonly" });
  });

  it("leaves nothing of a copy that fails", async () => {
    const { create, instances, host } = await withWeb();
    await create("a");
    host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_full", message: "No room." }));
    const request = { name: "copy", source: { type: "copy" as const, source: "web" } };
    await expect(done(instances.create("default", request))).rejects.toMatchObject({ code: "pool_full" });
    expect(await host.store.instances.list()).toHaveLength(1);
    expect(await host.store.snapshots.list()).toHaveLength(1);
  });
});

describe("rebuilding", () => {
  it("gives a fresh root of the image and keeps the rest", async () => {
    const { instances, host, id } = await withWeb();
    const before = await instances.get("default", "web");
    await done(instances.rebuild("default", "web", { source: { type: "image", alias: "tiny" } }));
    expect(host.pool.contents.has(id)).toBe(false);
    expect(await instances.get("default", "web")).toEqual(before);
    await done(instances.rebuild("default", "web", { source: { type: "none" } }));
    const server = "https://images.example.com";
    await done(instances.rebuild("default", "web", { source: { type: "image", server, alias: "tiny" } }));
    expect(await instances.get("default", "web")).toEqual(before);
    const away = { type: "image" as const, server: "https://away.example.com", alias: "tiny" };
    await expect(done(instances.rebuild("default", "web", { source: away }))).rejects.toMatchObject({
      code: "image_server_unreachable",
    });
    await done(instances.rebuild("default", "web", { source: { type: "none" } }));
    const empty = await instances.get("default", "web");
    expect(Object.keys(empty.config).filter((key) => /^image|base_image/.test(key))).toEqual([]);
    expect(empty.config["volatile.eth0.hwaddr"]).toBe(before.config["volatile.eth0.hwaddr"]);
    expect(host.pool.roots.get(id)?.fingerprint).toBeUndefined();
  });

  it("refuses what runs, has snapshots, or has no such image", async () => {
    const { instances, create } = await withWeb(true);
    const rebuild = (alias: string) => done(instances.rebuild("default", "web", { source: { type: "image", alias } }));
    await expect(rebuild("tiny")).rejects.toMatchObject({ code: "instance_wrong_state" });
    await done(instances.changeState("default", "web", { action: "stop" }));
    await expect(rebuild("gone")).rejects.toMatchObject({ code: "image_not_found" });
    await create();
    await expect(rebuild("tiny")).rejects.toMatchObject({ code: "instance_has_snapshots" });
  });

  it("leaves the instance as it was when it fails, and is finished by the next daemon when it is cut short", async () => {
    const world = await withWeb();
    const { instances, host, id } = world;
    host.pool.failures.set("replaceRoot", new LodgeError({ code: "pool_full", message: "No room." }));
    const rebuild = { source: { type: "none" as const } };
    await expect(done(instances.rebuild("default", "web", rebuild))).rejects.toMatchObject({ code: "pool_full" });
    expect(host.pool.contents.get(id)).toBe(content);
    expect((await instances.get("default", "web")).config).toHaveProperty(["image.os"]);
    host.pool.replaceRoot = () => new Promise(() => {});
    await instances.rebuild("default", "web", rebuild);
    await expect.poll(async () => (await host.store.instances.get(id))?.pending).toBeDefined();
    kill(world);
    Reflect.deleteProperty(host.pool, "replaceRoot");
    await startDaemon(host);
    expect(host.pool.contents.has(id)).toBe(false);
    expect((await host.store.instances.get(id))?.pending).toBeUndefined();
  });
});
