import { type InstanceCreate, LodgeError, type MigrationMessage, type StorageVolumeCreate } from "@lodge/api";
import { beforeEach, describe, expect, it } from "vitest";
import { KeyedLock } from "../instances/lock.ts";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";
import type { VolumeId } from "../storage/volumes.ts";
import { Volumes } from "../volumes/service.ts";
import { VolumeSnapshots } from "../volumes/snapshots.ts";
import { noFiles } from "../volumes/testing/no-files.ts";
import type { MigrationLink } from "./link.ts";
import { Migrations } from "./service.ts";
import type { MigrationSide } from "./side.ts";
import { linkedPair } from "./testing/linked-pair.ts";

type World = Awaited<ReturnType<typeof setUp>>;

let source: World;
let target: World;
/** What the target has said. */
let sent: readonly MigrationMessage[];

beforeEach(async () => {
  [source, target] = [await setUp(), await setUp()];
  // Two daemons do not make the same identities.
  target.host.uuids = 100;
  await done(source.instances.create("default", web({ config: { "user.a": "1" } })));
  hold("old");
  await done(source.snapshots.create("default", "web", { name: "snap0" }));
  hold("new");
});

/** What the root of the source's instance holds from now on. */
function hold(content: string): void {
  const [root] = source.host.pool.roots.keys();
  if (root) source.host.pool.contents.set(root, content);
}

function migrationsOf({ deps, runs }: World) {
  const volumes = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles: noFiles };
  return new Migrations(volumes, runs);
}

const begin = ({ deps }: World, { run, ...about }: MigrationSide, link: MigrationLink) =>
  done(
    deps.operations.begin({ ...about, project: "default" }, async (context) => {
      await using own = link;
      await run(own, context);
      return undefined;
    }),
  );

interface Going {
  readonly create?: Partial<InstanceCreate>;
  readonly snapshot?: string;
  readonly instanceOnly?: boolean;
}

async function migrate({ create = {}, snapshot, instanceOnly = false }: Going = {}) {
  const what = { project: "default", name: "web", instanceOnly, live: false, ...(snapshot && { snapshot }) };
  const sending = await migrationsOf(source).sendInstance(what);
  const request = { name: "there", source: { type: "migration" as const }, ...create };
  const receiving = await migrationsOf(target).receiveInstance("default", request);
  const [from, to] = linkedPair();
  sent = to.said;
  const ended = await Promise.allSettled([begin(source, sending, from), begin(target, receiving, to)]);
  return ended.map((each) => (each.status === "fulfilled" ? "" : (each.reason as LodgeError).message));
}

const contentThere = () => {
  const { roots, contents } = target.host.pool;
  return [...roots.keys()].map((root) => contents.get(root));
};

it("brings an instance with its snapshots, as another one", async () => {
  expect(await migrate()).toEqual(["", ""]);
  const there = await target.instances.get("default", "there");
  expect(there.config).toMatchObject({ "user.a": "1", "volatile.base_image": "a".repeat(64) });
  const here = await source.instances.get("default", "web");
  expect(there.config["volatile.uuid"]).not.toBe(here.config["volatile.uuid"]);
  expect(contentThere()).toEqual(["new"]);
  expect((await target.snapshots.list("default", "there")).map(({ name }) => name)).toEqual(["snap0"]);
  await done(target.instances.update("default", "there", { restore: "snap0" }));
  expect(contentThere()).toEqual(["old"]);
  expect(target.actions).toContain("instance-created");
});

it("brings an earlier copy up to date, which stays what it is otherwise", async () => {
  expect(await migrate()).toEqual(["", ""]);
  await done(target.snapshots.create("default", "there", { name: "own" }));
  const before = await target.instances.get("default", "there");
  hold("newer");
  const refresh = { source: { type: "migration" as const, refresh: true } };
  expect(await migrate({ create: refresh })).toEqual(["", ""]);
  expect(contentThere()).toEqual(["newer"]);
  expect((await target.snapshots.list("default", "there")).map(({ name }) => name)).toEqual(["snap0"]);
  const { config } = await source.instances.get("default", "web");
  const from = { "volatile.refreshed_from": config["volatile.uuid"] };
  const after = await target.instances.get("default", "there");
  expect(after).toMatchObject({ ...before, config: { ...before.config, ...from } });
  await done(target.instances.update("default", "there", { config }));
  const { "volatile.uuid": uuid } = (await target.instances.get("default", "there")).config;
  expect(uuid).toBe(before.config["volatile.uuid"]);
});

it("keeps what it is where the client repeats that: it is moved", async () => {
  const { config } = await source.instances.get("default", "web");
  expect(await migrate({ create: { config } })).toEqual(["", ""]);
  const there = await target.instances.get("default", "there");
  expect(there.config["volatile.uuid"]).toBe(config["volatile.uuid"]);
  expect(there.config["volatile.eth0.hwaddr"]).toBe(config["volatile.eth0.hwaddr"]);
});

describe("a virtual machine's copy", () => {
  const refresh = { source: { type: "migration" as const, refresh: true } };
  const machine = { name: "web", source: { type: "image" as const, alias: "machine" } };

  beforeEach(async () => {
    [source, target] = [await setUp(), await setUp()];
    target.host.uuids = 100;
    await done(source.instances.create("default", { ...machine, type: "virtual-machine" }));
    // So that its image is unpacked.
    await done(target.instances.create("default", { ...machine, type: "virtual-machine" }));
    await done(target.instances.delete("default", "web"));
    hold("old");
    await done(source.snapshots.create("default", "web", { name: "a" }));
    await done(source.snapshots.create("default", "web", { name: "b" }));
    hold("x".repeat(10_000));
  });

  const namesThere = async () => (await target.snapshots.list("default", "there")).map(({ name }) => name).sort();
  const since = () => sent.find((message) => message.type === "ready")?.since;

  it("is sent what was changed since the newest snapshot that it has", async () => {
    expect(await migrate({ create: {} })).toEqual(["", ""]);
    expect(since()).toBeUndefined();
    await done(target.snapshots.create("default", "there", { name: "own" }));
    await done(source.snapshots.rename("default", "web", "a", { name: "first" }));
    await done(source.snapshots.create("default", "web", { name: "c" }));
    const [root] = source.host.pool.roots.keys();
    if (root) source.host.pool.contents.set(root, "newest");
    expect(await migrate({ create: refresh })).toEqual(["", ""]);
    expect(since()).toEqual(expect.any(String));
    expect(contentThere()).toEqual(["newest"]);
    expect(await namesThere()).toEqual(["b", "c", "first"]);
    await done(target.instances.update("default", "there", { restore: "first" }));
    expect(contentThere()).toEqual(["old"]);
  });

  it("is sent all where a snapshot before that is missing", async () => {
    expect(await migrate({ create: {} })).toEqual(["", ""]);
    await done(target.snapshots.delete("default", "there", "a"));
    expect(await migrate({ create: refresh })).toEqual(["", ""]);
    expect(since()).toBeUndefined();
    expect(await namesThere()).toEqual(["a", "b"]);
  });
});

it("brings what an instance was at a snapshot", async () => {
  expect(await migrate({ snapshot: "snap0" })).toEqual(["", ""]);
  expect(contentThere()).toEqual(["old"]);
  expect(await target.snapshots.list("default", "there")).toEqual([]);
  expect(source.host.pool.roots.size).toBe(1);
});

it("leaves snapshots where they are when asked to", async () => {
  expect(await migrate({ instanceOnly: true })).toEqual(["", ""]);
  expect(await target.snapshots.list("default", "there")).toEqual([]);
});

it.each<[string, Partial<InstanceCreate>, RegExp]>([
  ["for what does not fit to it", { type: "virtual-machine" }, /is a container/],
  ["for a key that does not exist", { config: { "no.such": "1" } }, /no\.such/],
  ["for a pool that is not there", { devices: { root: { type: "disk", path: "/", pool: "none" } } }, /none/],
])("is refused %s, and nothing is left", async (_what, create, reason) => {
  const [here, there] = await migrate({ create });
  expect(there).toMatch(reason);
  expect(here).toMatch(/^The other server gave up: /);
  expect(await target.host.store.instances.list()).toEqual([]);
  expect(target.host.pool.roots.size).toBe(0);
  expect(await source.instances.get("default", "web")).toMatchObject({ status: "Stopped" });
});

it("leaves nothing where the target is full", async () => {
  target.host.pool.failures.set("createRoot", new LodgeError({ code: "pool_full", message: "No room." }));
  expect(await migrate()).toEqual(["The other server gave up: No room.", "No room."]);
  expect(await target.host.store.instances.list()).toEqual([]);
  await startDaemon(target.host);
  expect(target.host.pool.roots.size).toBe(0);
});

it("refuses early what can be refused", async () => {
  const { sendInstance, receiveInstance } = {
    sendInstance: (live: boolean) =>
      migrationsOf(source).sendInstance({ project: "default", name: "web", instanceOnly: false, live }),
    receiveInstance: (create: Partial<InstanceCreate>) =>
      migrationsOf(source).receiveInstance("default", { source: { type: "migration" }, ...create }),
  };
  await expect(receiveInstance({ name: "web" })).rejects.toMatchObject({ code: "instance_exists" });
  await expect(receiveInstance({ name: "x", profiles: ["none"] })).rejects.toMatchObject({ code: "profile_not_found" });
  await done(source.instances.changeState("default", "web", { action: "start" }));
  await expect(sendInstance(true)).rejects.toThrow("--stateless");
  expect(await sendInstance(false)).toMatchObject({ resources: { instances: ["/1.0/instances/web"] } });
});

const data = { pool: "default", project: "default", name: "data" };

async function migrateVolume(request: Partial<StorageVolumeCreate> = {}, volumeOnly = false) {
  const sending = await migrationsOf(source).sendVolume({ ...data, volumeOnly });
  const wanted = { name: "there", source: { type: "migration" as const }, ...request };
  const receiving = await migrationsOf(target).receiveVolume("default", "default", wanted);
  const [from, to] = linkedPair();
  await Promise.all([begin(source, sending, from), begin(target, receiving, to)]);
  return target.host.store.volumes.list();
}

it("brings a volume with its snapshots", async () => {
  const { deps, runs } = source;
  const volumes = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>(), volumeFiles: noFiles };
  await new Volumes(volumes).create("default", "default", {
    name: "data",
    description: "d",
    config: { "user.a": "1" },
  });
  await done(new VolumeSnapshots(volumes).create(data, { name: "a" }));
  const [made] = await migrateVolume();
  expect(made).toMatchObject({ name: "there", description: "d", config: { "user.a": "1" }, life: "present" });
  expect(await target.host.store.volumeSnapshots.list()).toMatchObject([{ name: "a" }]);
  await expect(migrateVolume()).rejects.toMatchObject({ code: "volume_exists" });
  const all = await migrateVolume({ name: "other", description: "", config: {} }, true);
  expect(all.find(({ name }) => name === "other")).toMatchObject({ description: "", config: {} });
  expect(await target.host.store.volumeSnapshots.list()).toHaveLength(1);
  await expect(migrateVolume({ name: "x", content_type: "block" })).rejects.toThrow();
  expect(await target.host.store.volumes.list()).toHaveLength(2);
});
