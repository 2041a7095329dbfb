import type { InstanceFork } from "@lodge/api";
import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "./testing/fake-host.ts";

async function withSource(more: Parameters<typeof web>[0] = {}) {
  const world = await setUp();
  const image = { type: "image", alias: "machine" } as const;
  await done(world.instances.create("default", web({ name: "db", source: image, start: true, ...more })));
  const [source] = await world.host.store.instances.list();
  if (!source) throw new Error("no record");
  world.host.pool.contents.set(source.id, "disk");
  world.machines.memory.set(source.id, "memory");
  const fork = (request: Partial<InstanceFork> = {}) =>
    done(world.instances.fork("default", "db", { name: "db2", ...request }));
  const records = async () => (await world.host.store.instances.list()).filter(({ name }) => name !== "db");
  return { ...world, source, fork, records };
}

describe("a fork of a virtual machine", () => {
  it("has its memory and disk, and an identity of its own", async () => {
    const { fork, records, source, machines, host, instances, actions } = await withSource();
    await fork({ count: 2, config: { "user.note": "mine" } });
    const forks = await records();
    expect(forks.map(({ name, life, wanted }) => [name, life, wanted])).toEqual([
      ["db2-1", "present", true],
      ["db2-2", "present", true],
    ]);
    for (const { id, name, config } of forks) {
      expect(machines.memory.get(id)).toBe(`memory, now ${name}`);
      expect(host.pool.contents.get(id)).toBe("disk");
      expect(config["user.note"]).toBe("mine");
    }
    const all = [source, ...forks];
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr"]) {
      expect(new Set(all.map(({ config }) => config[key])).size).toBe(3);
    }
    expect(await instances.get("default", "db")).toMatchObject({ status: "Running" });
    expect(machines.memory.get(source.id)).toBe("memory");
    expect(actions.at(-1)).toBe("instance-forked");
  });

  it("leaves no state behind, and what the driver held of it is let go of", async () => {
    const { fork, host, machines } = await withSource();
    await fork();
    expect([...host.pool.states.kept.values()]).toEqual([]);
    expect(machines.letGo).toHaveLength(1);
  });

  it("can be forked", async () => {
    const { fork, records, instances, machines } = await withSource();
    await fork();
    await done(instances.fork("default", "db2", { name: "db3" }));
    const last = (await records()).find(({ name }) => name === "db3");
    expect(last && machines.memory.get(last.id)).toBe("memory, now db2, now db3");
  });

  it("is not begun when a name is taken, and no name is taken then", async () => {
    const { fork, records } = await withSource();
    await fork({ name: "db2-2" });
    await expect(fork({ count: 3 })).rejects.toMatchObject({ code: "instance_exists" });
    expect((await records()).map(({ name }) => name)).toEqual(["db2-2"]);
  });

  it("is all of them or none", async () => {
    const { fork, records, machines, host, instances } = await withSource();
    machines.failPersonalize = new LodgeError({ code: "instance_start_failed", message: "It does not listen." });
    await expect(fork({ count: 3 })).rejects.toThrow(/does not listen/);
    expect(await records()).toEqual([]);
    expect(machines.host.size).toBe(1);
    expect(host.pool.contents.size).toBe(1);
    expect([...host.pool.states.kept.values()]).toEqual([]);
    expect(await instances.get("default", "db")).toMatchObject({ status: "Running" });
  });

  it("does not outlive a daemon that dies before it is a machine of its own", async () => {
    const { instances, runs, deps, host, machines } = await withSource();
    machines.personalize = () => new Promise(() => {});
    await instances.fork("default", "db", { name: "db2" });
    await expect.poll(() => machines.host.size).toBe(2);
    runs.close();
    deps.lock.run = () => new Promise(() => {});
    const next = await startDaemon(host);
    expect((await next.instances.list("default")).map(({ name }) => name)).toEqual(["db"]);
    expect(next.machines.host.size).toBe(1);
  });

  it("is refused with the reason", async () => {
    const { fork, machines, instances } = await withSource();
    machines.refusal = "it has a shared directory";
    await expect(fork()).rejects.toMatchObject({ code: "state_unsupported", message: /it has a shared directory/ });
    machines.refusal = undefined;
    await done(instances.changeState("default", "db", { action: "stop", force: true }));
    await expect(fork()).rejects.toMatchObject({ code: "instance_wrong_state", message: /lodge copy db/ });
  });
});

describe.each([true, false])("a fork of a container (running: %s)", (start) => {
  it("has its files and boots", async () => {
    const { fork, records, host, driver } = await withSource({ source: { type: "image", alias: "tiny" }, start });
    await fork({ count: 2, ephemeral: true });
    const forks = await records();
    expect(forks.map(({ name, life, ephemeral }) => [name, life, ephemeral])).toEqual([
      ["db2-1", "present", true],
      ["db2-2", "present", true],
    ]);
    for (const { id } of forks) {
      expect(host.pool.contents.get(id)).toBe("disk");
      expect((await driver.observe(id)).status).toBe("Running");
    }
  });
});
