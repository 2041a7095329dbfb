import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { LodgeError, type StorageVolumeCreate } from "@lodge/api";
import { describe, expect, it, vi } from "vitest";
import { Backups } from "../../backups/service.ts";
import { KeyedLock } from "../../instances/lock.ts";
import { done, setUp, startDaemon, web } from "../../instances/testing/fake-host.ts";
import { watchExpiry } from "../../snapshots/expiry.ts";
import { FakePool } from "../../storage/testing/fake-pool.ts";
import type { VolumeId } from "../../storage/volumes.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { Volumes } from "../service.ts";
import { VolumeSnapshots } from "../snapshots.ts";
import { noFiles } from "../testing/no-files.ts";
import { expiredVolumeBackups } from "../timed.ts";
import { volumeBackups } from "./subject.ts";

const data = { pool: "default", project: "default", name: "data" };
const disk = { type: "disk", pool: "default", source: "data", path: "/srv" };

function servicesOf({ deps, runs }: Pick<Awaited<ReturnType<typeof startDaemon>>, "deps" | "runs">) {
  const all: VolumeDependencies = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles: noFiles };
  return {
    volumes: new Volumes(all),
    snapshots: new VolumeSnapshots(all),
    backups: new Backups(all, volumeBackups(all)),
  };
}

/** A volume with a snapshot `a` of what it was, and what it is now. */
async function withData(request: Partial<StorageVolumeCreate> = {}) {
  const daemon = await setUp();
  const services = servicesOf(daemon);
  const pool = daemon.host.pool.volumes;
  await services.volumes.create("default", "default", { name: "data", description: "d", ...request });
  const holds = (content: string) => {
    for (const volume of pool.kept.values()) volume.content = content;
  };
  holds("then");
  await done(services.snapshots.create(data, { name: "a", expires_at: "2031-01-02T03:04:05Z" }));
  holds("now");
  const contentOf = async (name: string) => {
    const record = (await daemon.host.store.volumes.list()).find((each) => each.name === name);
    return pool.kept.get(record?.id as VolumeId)?.content;
  };
  return { ...daemon, ...services, ofInstances: daemon.backups, pool, holds, contentOf };
}

type World = Awaited<ReturnType<typeof withData>>;

const stream = async ({ backups }: World, request = {}) => text(await backups.stream(data, request));
const bring = ({ volumes }: Pick<World, "volumes">, backup: string, name?: string) =>
  done(volumes.importBackup("default", "default", Readable.from([backup]), name));

describe("a stream", () => {
  it("has the volume and its snapshots as they are, and copies nothing of one that nobody runs with", async () => {
    const world = await withData({ config: { "user.a": "1" } });
    const open = await world.backups.stream(data, {});
    expect(world.pool.kept.size).toBe(1);
    const { index, states } = JSON.parse(await text(open));
    expect(states).toEqual([{ snapshot: "a", content: "then" }, { content: "now" }]);
    expect(index).toMatchObject({ name: "data", type: "custom", pool: "default", snapshots: ["a"] });
    expect(index.config.volume).toMatchObject({
      content_type: "filesystem",
      config: { "user.a": "1" },
      description: "d",
    });
    expect(index.config.volume_snapshots).toMatchObject([{ name: "a", expires_at: "2031-01-02T03:04:05.000Z" }]);
    expect(JSON.parse(await stream(world, { volume_only: true })).states).toEqual([{ content: "now" }]);
  });

  it("is of a copy where an instance runs with the volume, and goes on", async () => {
    const world = await withData();
    await done(world.instances.create("default", web({ devices: { data: disk }, start: true })));
    const open = await world.backups.stream(data, {});
    expect(world.pool.kept.size).toBe(2);
    await done(world.instances.changeState("default", "web", { action: "stop" }));
    expect(JSON.parse(await text(open)).states.at(-1)).toEqual({ content: "now" });
    await expect.poll(() => world.pool.kept.size).toBe(1);
  });

  it("holds back those that would start, and changes, until it is over", async () => {
    const world = await withData();
    await done(world.instances.create("default", web({ devices: { data: disk } })));
    const open = await world.backups.stream(data, {});
    const start = done(world.instances.changeState("default", "web", { action: "start" }));
    const snapshot = done(world.snapshots.create(data, { name: "b" }));
    await new Promise(setImmediate);
    expect((await world.instances.get("default", "web")).status).toBe("Stopped");
    expect(await world.snapshots.list(data)).toHaveLength(1);
    open.destroy();
    await Promise.all([start, snapshot]);
    expect((await world.instances.get("default", "web")).status).toBe("Running");
  });

  it("is refused when somebody has begun to write to what it read", async () => {
    const world = await withData();
    const open = await world.backups.stream(data, {});
    await done(world.instances.create("default", web({ devices: { data: disk }, start: true })));
    await expect(text(open)).rejects.toMatchObject({ code: "volume_in_use" });
  });
});

describe("an import", () => {
  it("makes the same volume again where that is gone, or another beside it", async () => {
    const world = await withData({ config: { "user.a": "1" } });
    const { volumes, snapshots, host } = world;
    const before = await volumes.get(data);
    const kept = await snapshots.list(data);
    const backup = await stream(world);
    await bring(world, backup, "other");
    await volumes.delete(data);
    await bring(world, backup);
    expect(await volumes.get(data)).toEqual(before);
    expect(await snapshots.list(data)).toEqual(kept);
    for (const name of ["data", "other"]) {
      expect(await world.contentOf(name)).toBe("now");
      await snapshots.restore({ ...data, name }, "a");
      expect(await world.contentOf(name)).toBe("then");
    }
    expect(host.archives.open).toBe(0);
  });

  it("says how large a disk is, and leaves out what other servers noted", async () => {
    const world = await withData({ content_type: "block", config: { size: "1MiB" } });
    const written = JSON.parse(await stream(world));
    written.index.config.volume.config = { "block.filesystem": "ext4", "volatile.uuid": "u" };
    await bring(world, JSON.stringify(written), "other");
    expect((await world.volumes.get({ ...data, name: "other" })).config).toEqual({ size: "4B" });
  });

  it("goes without a limit where the pool has none", async () => {
    const world = await withData({ config: { size: "1MiB" } });
    const backup = await stream(world);
    const failure = new LodgeError({ code: "pool_size_unsupported", message: "No." });
    world.pool.failures.set("create", failure);
    await bring(world, backup, "other");
    expect((await world.volumes.get({ ...data, name: "other" })).config).toEqual({});
  });

  it.each([
    [undefined, "volume_exists"],
    ["a/b", "volume_name_invalid"],
  ])("as %s is refused before anything is read: %s", async (name, code) => {
    const world = await withData();
    await expect(bring(world, await stream(world), name)).rejects.toMatchObject({ code });
    expect(world.host.archives.open).toBe(0);
  });

  it("of a damaged backup leaves nothing, whatever had come of it", async () => {
    const world = await withData();
    world.holds("damaged");
    await expect(bring(world, await stream(world), "other")).rejects.toMatchObject({ code: "backup_invalid" });
    expect(world.pool.kept.size).toBe(1);
    expect(await world.host.store.volumes.list()).toHaveLength(1);
    expect(await world.host.store.volumeSnapshots.list()).toHaveLength(1);
  });

  it("of an instance is no volume, and the other way round", async () => {
    const world = await withData();
    await done(world.instances.create("default", web()));
    const name = { project: "default", name: "web" };
    const ofInstance = await text(await world.ofInstances.stream(name, {}));
    await expect(bring(world, ofInstance)).rejects.toMatchObject({ message: expect.stringContaining("lodge import") });
    const ofVolume = Readable.from([await stream(world)]);
    const refused = expect.objectContaining({ message: expect.stringContaining("lodge storage volume import") });
    await expect(world.instances.import("default", ofVolume, {})).rejects.toEqual(refused);
  });
});

describe("backups that are kept", () => {
  it("are of the moment when they were made", async () => {
    const world = await withData();
    const { backups, volumes, pool, actions } = world;
    const operation = await done(backups.create(data, {}));
    expect(operation.render().resources["backups"]).toEqual(["/1.0/backups/backup0"]);
    world.holds("later");
    for (const { id } of await world.host.store.volumeBackups.list()) {
      const copy = pool.kept.get(id);
      if (copy) copy.content = "now";
    }
    const { states } = JSON.parse(await text(await backups.fetch(data, "backup0")));
    expect(states).toEqual([{ snapshot: "a", content: "then" }, { content: "now" }]);
    await done(backups.rename(data, "backup0", { name: "monday" }));
    expect(await backups.list(data)).toMatchObject([{ name: "monday", volume_only: false }]);
    const move = volumes.move(data, { pool: "default", name: "x" });
    await expect(move).rejects.toMatchObject({ code: "volume_in_use", message: expect.stringContaining("monday") });
    await done(backups.delete(data, "monday"));
    expect(pool.kept.size).toBe(1);
    expect(actions).toEqual(expect.arrayContaining(["storage-volume-backup-created", "storage-volume-backup-deleted"]));
  });

  it("go when their time has come, and with their volume", async () => {
    const { backups, deps, host, volumes, pool } = await withData();
    await done(backups.create(data, { expires_at: host.time.toISOString() }));
    await done(backups.create(data, {}));
    const end = new AbortController();
    const expired = expiredVolumeBackups(deps.store, backups);
    await watchExpiry({ ...deps, wait: async () => end.abort() }, [expired], end.signal);
    expect((await backups.list(data)).map(({ name }) => name)).toEqual(["backup1"]);
    await volumes.delete(data);
    expect(pool.kept.size).toBe(0);
    expect(await host.store.volumeBackups.list()).toEqual([]);
  });

  it("outlive the daemon; what was half-made does not", async () => {
    const world = await withData();
    const { backups, host, pool } = world;
    await done(backups.create(data, { name: "whole" }));
    await done(backups.create(data, { name: "half" }));
    const half = (await host.store.volumeBackups.list()).find(({ name }) => name === "half");
    if (half) await host.store.volumeBackups.put({ ...half, life: "creating" });
    world.runs.close();
    const next = servicesOf(await startDaemon(host));
    expect((await next.backups.list(data)).map(({ name }) => name)).toEqual(["whole"]);
    expect(pool.kept.size).toBe(2);
    expect(JSON.parse(await text(await next.backups.fetch(data, "whole"))).states).toHaveLength(2);
  });

  it("leave nothing when they cannot be made", async () => {
    const { backups, host, pool } = await withData();
    pool.failures.set("keep", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(done(backups.create(data, {}))).rejects.toMatchObject({ code: "pool_full" });
    expect(await host.store.volumeBackups.list()).toEqual([]);
    expect(pool.kept.size).toBe(1);
  });
});

describe("in the form of a pool's own", () => {
  const optimized = { optimized_storage: true };

  it("a volume of files and its snapshots are sent, each in what it differs from the one before, and received", async () => {
    const world = await withData({ config: { size: "1MiB" } });
    const { host, pool, backups, snapshots } = world;
    host.pool.stream();
    const written = JSON.parse(await stream(world, optimized));
    expect(written.index).toMatchObject({ optimized: true, type: "custom" });
    expect(written.states.map(({ content }: { content: string }) => JSON.parse(content))).toEqual([
      { content: "then" },
      { since: "then", content: "now" },
    ]);
    await done(backups.create(data, optimized));
    expect(await backups.get(data, "backup0")).toMatchObject({ optimized_storage: true });
    written.index.backend = "fake";
    await bring(world, JSON.stringify(written), "other");
    const other = (await host.store.volumes.list()).find(({ name }) => name === "other");
    expect(pool.kept.get(other?.id as VolumeId)?.request.size).toBe(1 << 20);
    expect(await world.contentOf("other")).toBe("now");
    await snapshots.restore({ ...data, name: "other" }, "a");
    expect(await world.contentOf("other")).toBe("then");
  });

  it("is refused by a pool of another driver, and not missed where there is none", async () => {
    const world = await withData();
    const written = JSON.parse(await stream(world, optimized));
    expect(written.index.optimized).toBe(false);
    written.index = { ...written.index, optimized: true, backend: "fake" };
    await expect(bring(world, JSON.stringify(written), "other")).rejects.toMatchObject({ code: "not_supported" });
    expect(await world.host.store.volumes.list()).toHaveLength(1);
  });

  it("is how a volume is moved to a pool of the same", async () => {
    const world = await withData();
    const fast = new FakePool();
    (world.deps.pools as Map<string, FakePool>).set("fast", fast);
    fast.stream();
    const sent = vi.spyOn(world.host.pool.stream() && world.pool.stream(), "send");
    await done(world.volumes.move(data, { pool: "fast", name: "data" }));
    expect(sent).toHaveBeenCalledTimes(2);
    const moved = { ...data, pool: "fast" };
    await world.snapshots.restore(moved, "a");
    expect([...fast.volumes.kept.values()].map(({ content }) => content)).toEqual(["then"]);
    expect(world.pool.kept.size).toBe(0);
  });
});
