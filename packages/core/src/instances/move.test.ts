import { LodgeError } from "@lodge/api";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakePool } from "../storage/testing/fake-pool.ts";
import type { InstanceRecord } from "../store.ts";
import type { InstanceId } from "./driver.ts";
import { recoverInstances } from "./recovery.ts";
import { done, setUp, startDaemon, web } from "./testing/fake-host.ts";

type World = Awaited<ReturnType<typeof setUp>>;

let world: World;
let fast: FakePool;
let id: InstanceId;

/** The daemon's pools, with a second one. */
function addPool({ deps }: Pick<World, "deps">): void {
  (deps.pools as Map<string, FakePool>).set("fast", fast);
}

beforeEach(async () => {
  world = await setUp();
  fast = new FakePool();
  addPool(world);
  await done(world.instances.create("default", web()));
  [id] = [...world.host.pool.roots.keys()] as [InstanceId];
  world.host.pool.contents.set(id, "old");
  await done(world.snapshots.create("default", "web", { name: "snap0" }));
  world.host.pool.contents.set(id, "new");
});

const rootPool = async () => (await world.instances.get("default", "web")).devices["root"]?.["pool"];

it("takes the root and its snapshots along", async () => {
  await done(world.instances.move("default", "web", { pool: "fast" }));
  expect([...world.host.pool.roots.keys()]).toEqual([]);
  expect(fast.contents.get(id)).toBe("new");
  expect(await rootPool()).toBe("fast");
  expect(await world.host.store.instances.get(id)).toMatchObject({ pool: "fast" });
  await done(world.instances.update("default", "web", { restore: "snap0" }));
  expect(fast.contents.get(id)).toBe("old");
  expect(await rootPool()).toBe("fast");
});

it("gives another name on the way", async () => {
  await done(world.instances.move("default", "web", { pool: "fast", name: "www" }));
  expect((await world.instances.get("default", "www")).devices["root"]?.["pool"]).toBe("fast");
  expect(world.actions.at(-1)).toBe("instance-renamed");
});

it.each([
  ["there already", { pool: "default" }, "request_invalid"],
  ["to no pool", { pool: "none" }, "pool_not_found"],
  ["to a name that cannot be", { pool: "fast", name: "-" }, "instance_name_invalid"],
])("is refused %s", async (_what, request, code) => {
  await expect(world.instances.move("default", "web", request)).rejects.toMatchObject({ code });
});

it("is refused while it runs", async () => {
  await done(world.instances.changeState("default", "web", { action: "start" }));
  await expect(world.instances.move("default", "web", { pool: "fast" })).rejects.toMatchObject({
    code: "instance_wrong_state",
  });
});

it("changes nothing when it fails", async () => {
  fast.failures.set("fillRoot", new LodgeError({ code: "pool_full", message: "No room." }));
  await expect(done(world.instances.move("default", "web", { pool: "fast" }))).rejects.toMatchObject({
    code: "pool_full",
  });
  expect(fast.roots.size).toBe(0);
  expect([...world.host.pool.roots.keys()]).toEqual([id]);
  expect(world.host.pool.contents.get(id)).toBe("new");
  expect(await rootPool()).toBeUndefined();
});

it("that a daemon does not live to finish is undone by the next", async () => {
  const fill = fast.fillRoot.bind(fast);
  const reached = Promise.withResolvers<void>();
  fast.fillRoot = (request, from) => fill(request, from).then(() => (reached.resolve(), new Promise(() => {})));
  void done(world.instances.move("default", "web", { pool: "fast" }));
  await reached.promise;
  const next = await startDaemon(world.host);
  addPool(next);
  await recoverInstances(next.deps, next.runs, next.boot);
  expect(fast.roots.size).toBe(0);
  expect([...world.host.pool.roots.keys()]).toEqual([id]);
  expect(world.host.pool.contents.get(id)).toBe("new");
});

it("is done, whatever becomes of what it leaves", async () => {
  const remove = world.host.pool.removeRoot.bind(world.host.pool);
  world.host.pool.removeRoot = (root) => (root === id ? Promise.reject(new Error("busy")) : remove(root));
  await done(world.instances.move("default", "web", { pool: "fast" }));
  Reflect.deleteProperty(world.host.pool, "removeRoot");
  const next = await startDaemon(world.host);
  addPool(next);
  await recoverInstances(next.deps, next.runs, next.boot);
  expect(fast.contents.get(id)).toBe("new");
  expect(world.host.pool.roots.size).toBe(0);
});

it("a copy goes to another pool at once, running or not", async () => {
  await done(world.instances.changeState("default", "web", { action: "start" }));
  const devices = { root: { type: "disk", path: "/", pool: "fast" } };
  await done(world.instances.create("default", { name: "copy", source: { type: "copy", source: "web" }, devices }));
  const [copy] = [...fast.roots.keys()];
  expect(copy && fast.contents.get(copy)).toBe("new");
  expect(copy && [...(fast.snapshots.kept.get(copy)?.values() ?? [])]).toEqual(["old"]);
  await done(world.instances.update("default", "copy", { restore: "snap0" }));
  expect(copy && fast.contents.get(copy)).toBe("old");
  expect([...world.host.pool.roots.keys()]).toEqual([id]);
});

describe("between pools that have a form of their own", () => {
  const streams = () => {
    fast.stream();
    return vi.spyOn(world.host.pool.stream(), "send");
  };

  it.each([true, false])(
    "a root without an image goes as streams, and one with an image is filled (%s)",
    async (bare) => {
      const sent = streams();
      if (bare) {
        const record = await world.host.store.instances.get(id);
        const { fingerprint: _none, ...rest } = record ?? {};
        await world.host.store.instances.put(rest as InstanceRecord);
      }
      await done(world.instances.move("default", "web", { pool: "fast" }));
      expect(sent).toHaveBeenCalledTimes(bare ? 2 : 0);
      expect(fast.contents.get(id)).toBe("new");
      await done(world.instances.update("default", "web", { restore: "snap0" }));
      expect(fast.contents.get(id)).toBe("old");
    },
  );
});
