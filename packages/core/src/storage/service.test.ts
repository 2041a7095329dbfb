import { LodgeError } from "@lodge/api";
import { beforeEach, describe, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { Lock } from "../instances/lock.ts";
import { silentLog } from "../log.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { OpenPools, requirePool } from "./open-pools.ts";
import { openPools, watchPools } from "./opening.ts";
import { Pools } from "./service.ts";
import { FakeStorage } from "./testing/fake-storage.ts";

let store: MemoryStore;
let storage: FakeStorage;

/** A daemon on what earlier ones left. */
function daemon() {
  const pools = new OpenPools();
  const storageDrivers = new Map([["btrfs", storage]]);
  const deps = { store, log: silentLog, storageDrivers, pools };
  const service = new Pools({
    ...deps,
    events: new EventBus(() => new Date(0)),
    choosing: new Lock(),
    abandon: () => Promise.reject(new LodgeError({ code: "pool_in_use", message: "There is nobody to do that." })),
  });
  return { deps, pools, service };
}

beforeEach(() => {
  store = new MemoryStore();
  storage = new FakeStorage();
});

const withCode = (code: string) => expect.objectContaining({ code });

describe("making a pool", () => {
  it("keeps what its driver chose, and opens it", async () => {
    const { service, pools } = daemon();
    await service.create({ name: "fast", driver: "btrfs", config: { "user.x": "", "user.y": "1" } });
    expect(await service.get("fast")).toMatchObject({
      status: "Created",
      config: { size: "1GiB", "user.y": "1" },
      features: { container_copies: "instant" },
      used_by: [],
    });
    expect(pools.keys()).toEqual(["fast"]);
  });

  it.each([
    [{ name: "../x", driver: "btrfs" }, "request_invalid"],
    [{ name: "x", driver: "tape" }, "pool_driver_unknown"],
    [{ name: "x", driver: "btrfs", config: { nonsense: "1" } }, "config_key_unknown"],
    [{ name: "x", driver: "btrfs", config: { size: "1MiB" } }, "config_value_invalid"],
    [{ name: "x", driver: "btrfs", config: { source: "relative" } }, "config_value_invalid"],
  ])("refuses %j", async (request, code) => {
    const { service } = daemon();
    await expect(service.create(request)).rejects.toEqual(withCode(code));
    expect(await store.pools.list()).toEqual([]);
  });

  it("leaves nothing when it fails, and refuses a name that is taken", async () => {
    const { service } = daemon();
    storage.failures.set("create", new LodgeError({ code: "pool_source_invalid", message: "It holds something." }));
    await expect(service.create({ name: "x", driver: "btrfs" })).rejects.toEqual(withCode("pool_source_invalid"));
    expect(await store.pools.list()).toEqual([]);
    await service.create({ name: "x", driver: "btrfs" });
    await expect(service.create({ name: "x", driver: "btrfs" })).rejects.toEqual(withCode("pool_exists"));
  });

  it.each(["creating", "deleting"] as const)(
    "that the last daemon was %s removes it at the next start",
    async (life) => {
      await daemon().service.create({ name: "x", driver: "btrfs" });
      await store.pools.put({ name: "x", driver: "btrfs", description: "", config: {}, life });
      const { deps } = daemon();
      storage.failures.set("remove", new Error("busy"));
      await openPools(deps);
      expect(await store.pools.list()).toHaveLength(1);
      await openPools(deps);
      expect(await store.pools.list()).toEqual([]);
      expect(storage.made.size).toBe(0);
    },
  );
});

describe("a pool", () => {
  it("keeps what it is made of", async () => {
    const { service } = daemon();
    await service.create({ name: "x", driver: "btrfs", config: { source: "/dev/sdz" } });
    const set = (change: Record<string, string>) =>
      service.update("x", ({ config }) => ({ config: { ...config, ...change } }));
    await expect(set({ source: "/dev/sdy" })).rejects.toEqual(withCode("config_value_invalid"));
    await set({ size: "2GiB", "user.x": "1" });
    expect((await service.get("x")).config).toEqual({ source: "/dev/sdz", size: "2GiB", "user.x": "1" });
    storage.failures.set("change", new LodgeError({ code: "pool_full", message: "No room." }));
    await expect(set({ size: "3GiB" })).rejects.toEqual(withCode("pool_full"));
    expect((await service.get("x")).config["size"]).toBe("2GiB");
  });

  it("is not deleted while it is used", async () => {
    const { service, pools } = daemon();
    await service.create({ name: "x", driver: "btrfs" });
    const devices = { root: { type: "disk", path: "/", pool: "x" } };
    await store.profiles.put({ project: "default", name: "p", description: "", config: {}, devices });
    expect((await service.get("x")).used_by).toEqual(["/1.0/profiles/p"]);
    await expect(service.delete("x")).rejects.toEqual(withCode("pool_in_use"));
    await store.profiles.remove({ project: "default", name: "p" });
    storage.failures.set("remove", new Error("busy"));
    await expect(service.delete("x")).rejects.toThrow("busy");
    expect(pools.keys()).toEqual(["x"]);
    await service.delete("x");
    expect(pools.keys()).toEqual([]);
    expect(await store.pools.list()).toEqual([]);
  });

  it("that cannot be opened says why, and is opened when it is there again", async () => {
    await daemon().service.create({ name: "x", driver: "btrfs" });
    storage.away.add("x");
    const { deps, service, pools } = daemon();
    await openPools(deps);
    expect(await service.get("x")).toMatchObject({
      status: "Unavailable",
      problem: 'Storage pool "x" is not available: its device is missing.',
    });
    expect(() => requirePool(pools, "x")).toThrow(expect.objectContaining({ code: "pool_unavailable" }));
    await expect(service.resources("x")).rejects.toEqual(withCode("pool_unavailable"));
    const ended = new AbortController();
    const settled: string[] = [];
    let looks = 0;
    const wait = async () => {
      if (++looks === 2) storage.away.clear();
      if (looks === 4) ended.abort();
    };
    await watchPools({ ...deps, wait, settle: async (name) => void settled.push(name) }, ended.signal);
    expect(settled).toEqual(["x"]);
    expect((await service.get("x")).status).toBe("Created");
  });
});
