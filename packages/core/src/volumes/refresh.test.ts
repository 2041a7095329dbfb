import { LodgeError, type StorageVolumeCreate } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { KeyedLock } from "../instances/lock.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import { FakePool } from "../storage/testing/fake-pool.ts";
import type { CopyWork, VolumeId, VolumeOrigin, VolumeRequest } from "../storage/volumes.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { recoverVolumes } from "./recovery.ts";
import { compareSnapshots } from "./renew.ts";
import { Volumes } from "./service.ts";
import { VolumeSnapshots } from "./snapshots.ts";
import { noFiles } from "./testing/no-files.ts";

const named = (pool: string, name: string) => ({ pool, project: "default", name });
const [data, copy] = [named("default", "data"), named("fast", "copy")];

/** A volume with a snapshot in one pool, and a way to bring a copy in the other one up to date. */
async function world({ streams = false, ...request }: Partial<StorageVolumeCreate> & { streams?: boolean } = {}) {
  const { host, deps, runs, instances, actions } = await setUp();
  const fast = new FakePool();
  if (streams) for (const pool of [host.pool, fast]) pool.stream();
  const pools = new Map([
    ["default", host.pool],
    ["fast", fast],
  ]);
  const all: VolumeDependencies = { ...deps, pools, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles: noFiles };
  const [volumes, snapshots] = [new Volumes(all), new VolumeSnapshots(all)];
  await volumes.create("default", "default", { name: "data", ...request });
  const refresh = async (source: Partial<NonNullable<StorageVolumeCreate["source"]>> = {}) => {
    const from = { type: "copy", pool: "default", name: "data", refresh: true, ...source } as const;
    const refreshing = await volumes.create("default", "fast", { name: "copy", source: from });
    if (refreshing) await done(Promise.resolve(refreshing));
  };
  const write = (pool: FakePool, content: string) => {
    for (const volume of pool.volumes.kept.values()) volume.content = content;
  };
  const snapshot = (of: typeof data, name: string) => {
    host.time = new Date(host.time.getTime() + 1000);
    return done(snapshots.create(of, { name }));
  };
  const names = async () => (await snapshots.list(copy)).map(({ name }) => name.split("/")[1]);
  const held = () => [...fast.volumes.kept.values()].map(({ content }) => content);
  return { host, fast, all, volumes, snapshots, instances, actions, refresh, write, snapshot, names, held };
}

describe.each([false, true])("a volume that is copied again (streams: %s)", (streams) => {
  it("is made where it is not there, and becomes what the source is where it is", async () => {
    const { host, fast, volumes, snapshots, refresh, write, snapshot, names, held, actions } = await world({ streams });
    write(host.pool, "one");
    await snapshot(data, "a");
    await refresh();
    expect([held().length, await names()]).toEqual([1, ["a"]]);
    await volumes.update(copy, () => ({ description: "mine", config: { "user.a": "1" } }));
    write(fast, "written there");
    await snapshot(copy, "own");
    const [before] = await snapshots.list(copy);
    const created = (await volumes.get(copy)).created_at;
    await snapshot(data, "b");
    const kept = await host.store.volumeSnapshots.list();
    await refresh();
    expect(await names()).toEqual(["a", "b"]);
    expect((await snapshots.list(copy))[0]).toEqual(before);
    // What the copy had of the source is the same as before, and was not brought again.
    const after = await host.store.volumeSnapshots.list();
    expect(
      after
        .filter(({ name }) => name === "a")
        .map(({ id }) => id)
        .sort(),
    ).toEqual(
      kept
        .filter(({ name }) => name === "a")
        .map(({ id }) => id)
        .sort(),
    );
    expect(held()).not.toContain("written there");
    expect(fast.volumes.kept.size).toBe(1);
    expect(await volumes.get(copy)).toMatchObject({
      description: "mine",
      config: { "user.a": "1" },
      created_at: created,
    });
    expect((await volumes.list("default", "fast")).filter(({ name }) => !name.includes("/"))).toHaveLength(1);
    expect(actions.at(-1)).toBe("storage-volume-updated");
    expect(fast.volumes.streams?.open ?? 0).toBe(0);
  });

  it("keeps its own snapshots where the volume alone is wanted", async () => {
    const { refresh, snapshot, names } = await world({ streams });
    await snapshot(data, "a");
    await refresh({ volume_only: true });
    expect(await names()).toEqual([]);
    await snapshot(copy, "own");
    await refresh({ volume_only: true });
    expect(await names()).toEqual(["own"]);
    await refresh({ name: "data/a" });
    expect(await names()).toEqual(["own"]);
    await refresh();
    expect(await names()).toEqual(["a"]);
  });
});

describe("a copy that cannot be brought up to date", () => {
  it("stays as it is when the pool fails, and nothing is left", async () => {
    const { host, fast, refresh, snapshot, names, held, write } = await world();
    await refresh();
    await snapshot(data, "a");
    write(fast, "before");
    const records = await host.store.volumes.list();
    for (const method of ["create", "keep"] as const) {
      fast.volumes.failures.set(method, new LodgeError({ code: "pool_full", message: "No room." }));
      await expect(refresh()).rejects.toMatchObject({ code: "pool_full" });
      expect([held(), await names()]).toEqual([["before"], []]);
      expect(await host.store.volumes.list()).toEqual(records);
    }
    await refresh();
    expect(await names()).toEqual(["a"]);
  });

  it("is refused when it is the source, holds something else or is run with", async () => {
    const { volumes, refresh, instances, host } = await world();
    const itself = { type: "copy", name: "data", refresh: true } as const;
    const again = volumes.create("default", "default", { name: "data", source: itself });
    await expect(again).rejects.toThrow("with itself");
    await volumes.create("default", "fast", { name: "copy", content_type: "block" });
    await expect(refresh()).rejects.toMatchObject({ code: "request_invalid" });
    await volumes.delete(copy);
    await volumes.create("default", "default", { name: "used" });
    const device = { type: "disk", pool: "default", source: "used", path: "/srv" };
    await done(instances.create("default", web({ devices: { d: device }, start: true })));
    const under = volumes.create("default", "default", {
      name: "used",
      source: { type: "copy", name: "data", refresh: true },
    });
    await expect(under).rejects.toThrow("stop web");
    expect(host.pool.volumes.kept.size).toBe(2);
  });
});

it.each(["a copy", "a move"])(
  "%s to another pool says how far it is, and leaves nothing when it is cancelled",
  async (what) => {
    const { host, fast, volumes } = await world();
    const [before] = await host.store.volumes.list();
    const reached = Promise.withResolvers<void>();
    fast.volumes.create = async (_request: VolumeRequest, _origin?: VolumeOrigin, work?: CopyWork) => {
      work?.progress?.(5_000_000);
      reached.resolve();
      await new Promise((resolve) => work?.signal?.addEventListener("abort", resolve, { once: true }));
      work?.signal?.throwIfAborted();
    };
    const source = { type: "copy", pool: "default", name: "data" } as const;
    const going =
      what === "a copy" ? volumes.create("default", "fast", { name: "copy", source }) : volumes.move(data, copy);
    const operation = await going;
    await reached.promise;
    expect(operation?.render().metadata).toEqual({ transfer_progress: "What it holds now: 5.00MB" });
    operation?.cancel();
    await operation?.done;
    expect(operation?.render().status).toBe("Cancelled");
    expect(await host.store.volumes.list()).toEqual([before]);
  },
);

it("a disk that has become larger is copied into a smaller one, which grows", async () => {
  const { volumes, refresh } = await world({ content_type: "block", config: { size: "1GiB" } });
  await refresh();
  await volumes.update(data, () => ({ config: { size: "2GiB" } }));
  await refresh();
  expect(await volumes.get(copy)).toMatchObject({ config: { size: `${2 ** 31}B` } });
});

it("a daemon that dies in between leaves the copy as it was, and nothing beside it", async () => {
  const { host, fast, refresh, write, all } = await world();
  await refresh();
  write(fast, "before");
  const [record] = (await host.store.volumes.list()).filter(({ pool }) => pool === "fast");
  if (!record) throw new Error("there is no copy");
  const half = { ...record, id: "000000ff" as VolumeId, name: "refresh-000000ff", life: "creating" } as const;
  await host.store.volumes.put(half);
  await fast.volumes.create({ id: half.id, content: "filesystem" });
  await recoverVolumes(all, "fast", fast);
  expect([...fast.volumes.kept.values()].map(({ content }) => content)).toEqual(["before"]);
  await startDaemon(host);
});

describe("snapshots of a source and its copy", () => {
  const at = (name: string, time: number) => ({ name, createdAt: new Date(time) }) as never;

  it.each([
    ["none there", [at("a", 1)], [], ["a"], []],
    ["the same", [at("a", 1)], [at("a", 1)], [], ["a"]],
    ["another of the same name", [at("a", 2)], [at("a", 1)], ["a"], []],
    ["one that the source has not", [], [at("own", 1)], [], []],
  ])("are told apart: %s", (_what, source, target, missing, common) => {
    const found = compareSnapshots(source, target);
    expect(found.missing.map(({ name }) => name)).toEqual(missing);
    expect(found.common.map(({ name }) => name)).toEqual(common);
  });
});
