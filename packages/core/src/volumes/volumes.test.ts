import { LodgeError, type StorageVolumeCreate } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { KeyedLock } from "../instances/lock.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import { FakePool } from "../storage/testing/fake-pool.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type { VolumeRecord } from "../store.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { settleSizes } from "./recovery.ts";
import { Volumes } from "./service.ts";
import { VolumeSnapshots } from "./snapshots.ts";
import { noFiles } from "./testing/no-files.ts";
import { dueOfVolumes, expiredOfVolumes } from "./timed.ts";

const data = { pool: "default", project: "default", name: "data" };
const withCode = (code: string) => expect.objectContaining({ code });

async function world() {
  const daemon = await setUp();
  return { ...daemon, ...servicesOf(daemon), pool: daemon.host.pool.volumes };
}

function servicesOf({ deps, runs }: Pick<Awaited<ReturnType<typeof startDaemon>>, "deps" | "runs">) {
  const all: VolumeDependencies = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles: noFiles };
  const volumes = new Volumes(all);
  const create = (request: Partial<StorageVolumeCreate> = {}) =>
    volumes.create("default", "default", { name: "data", ...request });
  return { all, volumes, create, volumeSnapshots: new VolumeSnapshots(all) };
}

const disk = (more: Record<string, string> = {}) => ({
  type: "disk",
  ...{ pool: "default", source: "data", path: "/srv" },
  ...more,
});

describe("volumes", () => {
  it("are made, shown, changed, renamed and deleted", async () => {
    const { volumes, create, pool, actions } = await world();
    await create({ description: "d", config: { "user.a": "1", size: "" } });
    expect(await volumes.list("default", "default")).toMatchObject([
      { name: "data", content_type: "filesystem", config: { "user.a": "1" }, description: "d", used_by: [] },
    ]);
    await volumes.update(data, ({ config }) => ({ description: "e", config: { ...config, "user.b": "2" } }));
    await volumes.rename(data, "other");
    const other = { ...data, name: "other" };
    expect(await volumes.get(other)).toMatchObject({ description: "e", config: { "user.a": "1", "user.b": "2" } });
    await volumes.delete(other);
    expect(pool.kept.size).toBe(0);
    expect(actions.filter((action) => action.startsWith("storage-volume"))).toEqual(
      ["created", "updated", "renamed", "deleted"].map((what) => `storage-volume-${what}`),
    );
  });

  it("come to another pool with their snapshots, or stay where they are", async () => {
    const { host, deps, runs } = await world();
    const fast = new FakePool();
    const there = fast.volumes;
    const services = servicesOf({
      deps: {
        ...deps,
        pools: new Map([
          ["default", host.pool],
          ["fast", fast],
        ]),
      },
      runs,
    });
    const { volumes, volumeSnapshots } = services;
    await services.create();
    await done(volumeSnapshots.create(data, { name: "s" }));
    const [before] = await host.store.volumes.list();
    const moved = { pool: "fast", project: "default", name: "moved" };
    there.failures.set("keep", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(done(volumes.move(data, moved))).rejects.toEqual(withCode("pool_full"));
    expect(there.kept.size).toBe(0);
    expect(await host.store.volumes.list()).toEqual([before]);
    await done(volumes.move(data, moved));
    expect(host.pool.volumes.kept.size).toBe(0);
    expect(there.kept.get((await host.store.volumes.list())[0]?.id as VolumeId)).toMatchObject({
      content: `/fake/volumes/${before?.id}`,
    });
    expect(await volumes.get(moved)).toMatchObject({ name: "moved", pool: "fast" });
    expect(await volumeSnapshots.list(moved)).toMatchObject([{ name: "moved/s" }]);
    await expect(volumes.get(data)).rejects.toEqual(withCode("volume_not_found"));
  });

  it("come to another project where they lie, if nobody has them and the name is free", async () => {
    const { volumes, create, volumeSnapshots, host, pool, instances } = await world();
    const blue = { ...data, project: "blue" };
    await host.store.projects.put({ name: "blue", description: "", config: {} });
    const kept = await create().then(() => [...pool.kept.keys()]);
    await done(volumeSnapshots.create(data, { name: "s" }));
    await done(volumes.move(data, blue));
    expect(await volumes.list("default", "default")).toEqual([]);
    expect(await volumeSnapshots.list(blue)).toMatchObject([{ name: "data/s" }]);
    expect([...pool.kept.keys()]).toEqual(kept);
    await create();
    await expect(done(volumes.move(blue, data))).rejects.toEqual(withCode("volume_exists"));
    await done(instances.create("default", web({ devices: { d: disk() } })));
    await expect(volumes.move(data, { ...blue, name: "other" })).rejects.toEqual(withCode("volume_in_use"));
    expect((await host.store.volumes.list()).map(({ project }) => project).sort()).toEqual(["blue", "default"]);
  });

  it.each<[Partial<StorageVolumeCreate>, string]>([
    [{ name: "" }, "volume_name_invalid"],
    [{ name: "a/b" }, "volume_name_invalid"],
    [{ config: { nix: "1" } }, "config_key_unknown"],
    [{ config: { "security.shared": "true" } }, "config_key_unknown"],
    [{ content_type: "block", config: { size: "huge" } }, "config_value_invalid"],
    [{ content_type: "iso" }, "request_invalid"],
    [{ type: "container" }, "request_invalid"],
    [{ source: { type: "copy", name: "nix" } }, "volume_not_found"],
    [{ source: { type: "migration" } }, "not_supported"],
  ])("%j is refused and leaves nothing", async (request, code) => {
    const { create, host, pool } = await world();
    await expect(create(request)).rejects.toEqual(withCode(code));
    expect([await host.store.volumes.list(), pool.kept.size]).toEqual([[], 0]);
  });

  it("are not there when their pool fails", async () => {
    const { create, host, pool } = await world();
    pool.failures.set("create", new Error("no room"));
    await expect(create()).rejects.toThrow("no room");
    expect(await host.store.volumes.list()).toEqual([]);
    await create();
    await expect(create()).rejects.toEqual(withCode("volume_exists"));
  });

  it("are copied, also as they were, with what is said of them", async () => {
    const { volumes, create, volumeSnapshots, pool } = await world();
    await create({ content_type: "block", config: { size: "2GiB" } });
    const [id] = [...pool.kept.keys()];
    const original = pool.kept.get(id as VolumeId);
    if (original) original.content = "before";
    await done(volumeSnapshots.create(data, { name: "s" }));
    if (original) original.content = "after";
    for (const [name, from] of [
      ["one", "data"],
      ["two", "data/s"],
    ] as const) {
      const copying = await create({ name, source: { type: "copy", name: from }, config: { "user.a": "1" } });
      await copying?.done;
      expect(await volumes.get({ ...data, name })).toMatchObject({
        content_type: "block",
        config: { size: "2GiB", "user.a": "1" },
      });
    }
    expect([...pool.kept.values()].map(({ content }) => content)).toEqual(["after", "after", "before"]);
  });

  it("have a size that grows, and keep what they had when that fails", async () => {
    const { volumes, create, pool } = await world();
    await create({ content_type: "block", config: { size: "1GiB" } });
    const set = (size: string) => volumes.update(data, () => ({ config: { size } }));
    await set("2GiB");
    expect([...pool.kept.values()][0]?.request.size).toBe(2 ** 31);
    await expect(set("1GiB")).rejects.toEqual(withCode("config_value_invalid"));
    pool.failures.set("resize", new Error("no room"));
    await expect(set("3GiB")).rejects.toThrow("no room");
    expect(await volumes.get(data)).toMatchObject({ config: { size: "2GiB" } });
  });
});

describe("who has a volume", () => {
  it("is known, has it where it lies, and keeps it from being taken away", async () => {
    const { volumes, create, instances, driver, deps, runs } = await world();
    await create();
    await done(instances.create("default", web({ devices: { d: disk() }, start: true })));
    expect(await volumes.get(data)).toMatchObject({ used_by: ["/1.0/instances/web"] });
    expect(await volumes.list(data.project, data.pool)).toMatchObject([{ used_by: ["/1.0/instances/web"] }]);
    const [{ id } = { id: "" }] = await deps.store.instances.list();
    expect(driver.specs.get(id)?.devices).toMatchObject([
      { name: "d", source: expect.stringContaining("/fake/volumes/"), format: "directory" },
    ]);
    for (const act of [volumes.delete(data), volumes.rename(data, "other")])
      await expect(act).rejects.toEqual(withCode("volume_in_use"));
    expect(runs.isRunning(id as never)).toBe(true);
  });

  it.each<[Partial<StorageVolumeCreate>, Record<string, string>, string]>([
    [{}, { source: "nix" }, "volume_not_found"],
    [{}, { path: "" }, "config_value_invalid"],
    [{ content_type: "block" }, {}, "config_value_invalid"],
  ])("cannot have %j as %j", async (request, device, code) => {
    const { create, instances } = await world();
    await create(request);
    const creating = instances.create("default", web({ devices: { d: disk(device) } }));
    await expect(creating).rejects.toEqual(withCode(code));
  });

  it("has a disk alone, unless the disk is made for several", async () => {
    const { volumes, create, instances } = await world();
    await create({ content_type: "block" });
    const machine = (name: string) =>
      instances.create("default", {
        ...{ name, type: "virtual-machine", source: { type: "image", alias: "machine" } },
        devices: { d: { type: "disk", pool: "default", source: "data" } },
      });
    await done(machine("one"));
    await expect(machine("two")).rejects.toEqual(withCode("volume_in_use"));
    await volumes.update(data, () => ({ config: { "security.shared": "true" } }));
    await done(machine("two"));
    await expect(volumes.update(data, () => ({ config: {} }))).rejects.toEqual(withCode("volume_in_use"));
  });
});

describe("snapshots of volumes", () => {
  it("are made, restored, renamed, expire and are deleted", async () => {
    const { create, volumeSnapshots, volumes, pool, host, deps } = await world();
    await create({ config: { "snapshots.expiry": "1d" } });
    const [volume] = [...pool.kept.values()];
    if (volume) volume.content = "a";
    await done(volumeSnapshots.create(data, {}));
    await done(volumeSnapshots.create(data, { name: "kept", expires_at: "0001-01-01T00:00:00Z" }));
    if (volume) volume.content = "b";
    await volumeSnapshots.restore(data, "snap0");
    expect([...pool.kept.values()][0]?.content).toBe("a");
    await done(volumeSnapshots.rename(data, "snap0", "first"));
    await expect(volumeSnapshots.rename(data, "first", "kept")).rejects.toEqual(withCode("snapshot_exists"));
    expect((await volumeSnapshots.list(data)).map(({ name, expires_at }) => [name, expires_at?.slice(0, 4)])).toEqual([
      ["data/first", "2026"],
      ["data/kept", undefined],
    ]);
    const later = new Date(host.time.getTime() + 25 * 3_600_000);
    const expired = await expiredOfVolumes(deps.store, volumeSnapshots)(later);
    expect(expired.map(({ of }) => of["snapshot"])).toEqual(["first"]);
    for (const { begin } of expired) await done(begin());
    expect([...pool.kept.values()][0]?.snapshots.size).toBe(1);
    await volumes.delete(data);
    expect(await host.store.volumeSnapshots.list()).toEqual([]);
  });

  it("are made when the schedule says so", async () => {
    const { create, volumeSnapshots, deps } = await world();
    await create({ config: { "snapshots.schedule": "0 3 * * *" } });
    const due = dueOfVolumes(deps.store, volumeSnapshots);
    expect(await due(new Date(2026, 1, 1, 4, 0))).toEqual([]);
    expect(await due(new Date(2026, 1, 1, 3, 0))).toHaveLength(1);
  });

  it("find those still that run with it, and are not restored under them", async () => {
    const { create, volumeSnapshots, instances, pool, host } = await world();
    await create();
    await done(instances.create("default", web({ devices: { d: disk() }, start: true })));
    const seen: boolean[] = [];
    const keep = pool.keep.bind(pool);
    pool.keep = async (place) => {
      seen.push(...[...host.processes.values()].map(({ paused }) => paused));
      await keep(place);
    };
    await done(volumeSnapshots.create(data, {}));
    expect(seen).toEqual([true]);
    await expect(volumeSnapshots.restore(data, "snap0")).rejects.toEqual(withCode("volume_in_use"));
    await done(instances.changeState("default", "web", { action: "stop", force: true }));
    await volumeSnapshots.restore(data, "snap0");
  });
});

describe("a daemon that died", () => {
  const record = (more: Partial<VolumeRecord>): VolumeRecord => ({
    ...{ id: "000000aa" as VolumeId, pool: "default", project: "default", name: "half", contentType: "filesystem" },
    ...{ description: "", config: {}, life: "present", createdAt: new Date(0) },
    ...more,
  });

  it.each(["creating", "deleting"] as const)("leaves nothing of a volume that it was %s", async (life) => {
    const { host, pool } = await world();
    await host.store.volumes.put(record({ life }));
    await pool.create({ id: record({}).id, content: "filesystem" });
    await startDaemon(host);
    expect([await host.store.volumes.list(), pool.kept.size]).toEqual([[], 0]);
  });

  it("has its restore finished, and its unfinished snapshots forgotten", async () => {
    const { host, pool } = await world();
    const { id } = record({});
    const [kept, half] = ["000000b1", "000000b2"] as [SnapshotId, SnapshotId];
    await pool.create({ id, content: "filesystem" });
    for (const snapshot of [kept, half]) await pool.keep({ volume: id, snapshot });
    const volume = pool.kept.get(id);
    if (volume) volume.content = "later";
    await host.store.volumes.put(record({ restoring: kept }));
    const snapshot = { volume: id, description: "", config: {}, createdAt: new Date(0) };
    await host.store.volumeSnapshots.put({ ...snapshot, id: kept, name: "kept", life: "present" });
    await host.store.volumeSnapshots.put({ ...snapshot, id: half, name: "half", life: "creating" });
    await startDaemon(host);
    expect(await host.store.volumes.get(id)).toEqual(record({}));
    expect(pool.kept.get(id)).toMatchObject({ content: "" });
    expect((await host.store.volumeSnapshots.list()).map(({ name }) => name)).toEqual(["kept"]);
  });

  it("has the size given that the record speaks of", async () => {
    const { host, pool, all } = await world();
    const { id } = record({});
    await pool.create({ id, content: "block", size: 2 ** 20 });
    await host.store.volumes.put(record({ contentType: "block", config: { size: "2MiB" } }));
    await settleSizes(all);
    expect(pool.kept.get(id)?.request.size).toBe(2 ** 21);
  });
});
