import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { withFrozenNote } from "../frozen-note.ts";
import { done, setUp, startDaemon, web } from "../testing/fake-host.ts";

const vm = (more: Parameters<typeof web>[0] = {}) =>
  web({ name: "vm", source: { type: "image", alias: "machine" }, start: true, ...more });

async function withMachine(more: Parameters<typeof web>[0] = {}) {
  const world = await setUp();
  await done(world.instances.create("default", vm(more)));
  const [record] = await world.host.store.instances.list();
  if (!record) throw new Error("no record");
  const { id } = record;
  world.host.pool.contents.set(id, "disk");
  world.machines.memory.set(id, "memory");
  return { ...world, ...verbs(world), id };
}

function verbs({ instances, snapshots, machines, host }: Awaited<ReturnType<typeof startDaemon>> & { host: Host }) {
  const change = (action: "start" | "stop", more: { stateful?: boolean } = {}) =>
    done(instances.changeState("default", "vm", { action, force: action === "stop", ...more }));
  return {
    change,
    get: () => instances.get("default", "vm"),
    suspend: () => change("stop", { stateful: true }),
    snapshot: (name: string, stateful = true) => done(snapshots.create("default", "vm", { name, stateful })),
    restore: (restore: string, stateful = true) => done(instances.update("default", "vm", { restore, stateful })),
    places: () => [...host.pool.states.kept.values()].flatMap((states) => [...states]),
    memories: () => [...machines.memory.values()],
  };
}
type Host = Awaited<ReturnType<typeof setUp>>["host"];

/** The daemon dies and does nothing any more; the next one is there. */
async function nextDaemon({ host, deps, runs }: Awaited<ReturnType<typeof setUp>>) {
  runs.close();
  deps.lock.run = () => new Promise(() => {});
  const next = await startDaemon(host);
  return { ...next, ...verbs({ ...next, host }) };
}

describe("stopping with the state", () => {
  it("keeps it for the next start, which takes it up", async () => {
    const { suspend, change, get, places, host, machines, id, actions } = await withMachine();
    await suspend();
    expect(await get()).toMatchObject({ status: "Stopped", stateful: true });
    expect((await host.store.instances.get(id))?.wanted).toBe(false);
    expect(places()).toHaveLength(1);
    machines.memory.clear();
    await change("start", { stateful: true });
    expect(machines.memory.get(id)).toBe("memory");
    expect(await get()).toMatchObject({ status: "Running", stateful: false });
    expect(places()).toEqual([]);
    expect(actions.slice(-2)).toEqual(["instance-stopped", "instance-started"]);
  });

  it("lets one that the governor froze go on first, so that it does not come back paused", async () => {
    const { suspend, change, get, host, machines, id } = await withMachine();
    const record = await host.store.instances.get(id);
    if (record) await host.store.instances.put(withFrozenNote(record, host.time));
    await machines.pause(id);
    const resumed: string[] = [];
    const resume = machines.resume.bind(machines);
    machines.resume = async (each) => {
      resumed.push(each);
      await resume(each);
    };
    await suspend();
    expect(resumed).toContain(id);
    await change("start");
    expect((await get()).config).not.toHaveProperty(["volatile.governor.frozen"]);
  });

  it("is given up by a start without, and taken up by one that says nothing", async () => {
    const { suspend, change, get, places, machines, id } = await withMachine();
    await suspend();
    await change("start");
    expect(machines.memory.get(id)).toBe("memory");
    await suspend();
    await change("start", { stateful: false });
    expect(machines.memory.get(id)).toBe("");
    expect(await get()).toMatchObject({ status: "Running", stateful: false });
    expect(places()).toEqual([]);
  });

  it.each([
    ["a container", web({ name: "vm", start: true }), "state_unsupported", /is a container/],
    ["an ephemeral one", vm({ ephemeral: true }), "state_unsupported", /is ephemeral/],
    [
      "one that its key forbids",
      vm({ config: { "migration.stateful": "false" } }),
      "state_unsupported",
      /migration\.stateful/,
    ],
    ["one that is stopped", vm({ start: false }), "instance_wrong_state", /not running/],
  ])("is refused for %s", async (_, request, code, message) => {
    const { instances } = await setUp().then(async (world) => {
      await done(world.instances.create("default", request));
      return world;
    });
    const change = { action: "stop" as const, stateful: true };
    await expect(instances.changeState("default", "vm", change)).rejects.toMatchObject({ code, message });
  });

  it("is refused with the driver's reason", async () => {
    const { suspend, machines } = await withMachine();
    machines.refusal = "it has a shared directory";
    await expect(suspend()).rejects.toMatchObject({
      code: "state_unsupported",
      message: 'The state of instance "vm" cannot be kept: it has a shared directory. Leave out "stateful".',
    });
  });

  it("leaves it running when it fails, and nothing behind", async () => {
    const { suspend, get, places, machines, host } = await withMachine();
    machines.failSave = new LodgeError({ code: "pool_full", message: "No room." });
    await expect(suspend()).rejects.toMatchObject({ code: "pool_full" });
    expect(await get()).toMatchObject({ status: "Running", stateful: false });
    expect(places()).toEqual([]);
    host.pool.states.room = 1;
    await expect(suspend()).rejects.toMatchObject({ code: "pool_full" });
    expect(await get()).toMatchObject({ status: "Running" });
  });

  it("refuses what would make another machine of it, and nothing else", async () => {
    const { suspend, change, instances, host } = await withMachine();
    await suspend();
    const update = (config: Record<string, string>) =>
      done(instances.update("default", "vm", { config, devices: {}, profiles: ["default"] }));
    await expect(update({ "limits.memory": "2GiB" })).rejects.toMatchObject({
      code: "instance_wrong_state",
      message: /limits\.memory cannot change.*--stateless/,
    });
    const eth1 = { type: "nic", network: "lodgebr0" };
    await expect(
      done(instances.update("default", "vm", { config: {}, devices: { eth1 }, profiles: ["default"] })),
    ).rejects.toMatchObject({ message: /device "eth1" cannot change/ });
    await update({ "user.a": "b", "boot.autostart": "true" });
    expect(await host.store.instances.list()).toMatchObject([{ config: { "user.a": "b" }, state: {} }]);
    await change("start");
    await update({ "limits.memory": "2GiB" });
  });

  it("goes with the instance", async () => {
    const { suspend, instances, places } = await withMachine();
    await suspend();
    await done(instances.delete("default", "vm"));
    expect(places()).toEqual([]);
  });

  it("says how to go on when it cannot be loaded, and is kept", async () => {
    const { suspend, change, get, host } = await withMachine();
    await suspend();
    host.states.clear();
    await expect(change("start")).rejects.toMatchObject({
      code: "state_unusable",
      message: /"lodge start vm --stateless"/,
    });
    expect(await get()).toMatchObject({ status: "Stopped", stateful: true });
    await change("start", { stateful: false });
  });
});

describe("a daemon that dies", () => {
  it("before the state counts leaves a run, and nothing else", async () => {
    const world = await withMachine();
    world.machines.saveState = () => new Promise(() => {});
    void world.suspend();
    await expect.poll(world.places).toHaveLength(1);
    const next = await nextDaemon(world);
    expect(await next.get()).toMatchObject({ status: "Running", stateful: false });
    expect(next.places()).toEqual([]);
  });

  it("once it counts leaves the state, and ends the run", async () => {
    const world = await withMachine();
    world.machines.kill = () => new Promise(() => {});
    void world.suspend();
    await expect.poll(async () => (await world.get()).stateful).toBe(true);
    expect(world.host.machines.size).toBe(1);
    const next = await nextDaemon(world);
    expect(world.host.machines.size).toBe(0);
    expect(await next.get()).toMatchObject({ status: "Stopped", stateful: true });
    await next.change("start");
    expect(next.memories()).toEqual(["memory"]);
  });

  it("while a state is loaded leaves the state, and ends what had not begun", async () => {
    const world = await withMachine();
    await world.suspend();
    world.machines.start = (spec) => {
      world.host.machines.set(spec.id, { paused: true, devices: new Set() });
      return new Promise(() => {});
    };
    void world.change("start");
    await expect.poll(() => world.host.machines.size).toBe(1);
    const next = await nextDaemon(world);
    expect(world.host.machines.size).toBe(0);
    expect(await next.get()).toMatchObject({ status: "Stopped", stateful: true });
  });

  it("once the run has begun finds it, and gives the state's space back", async () => {
    const world = await withMachine();
    await world.suspend();
    const start = world.machines.start.bind(world.machines);
    world.machines.start = async (spec) => {
      await start(spec);
      return new Promise(() => {});
    };
    void world.change("start");
    await expect.poll(async () => (await world.get()).stateful).toBe(false);
    await expect.poll(() => world.host.machines.size).toBe(1);
    const next = await nextDaemon(world);
    expect(await next.get()).toMatchObject({ status: "Running", stateful: false });
    expect(next.places()).toEqual([]);
  });
});

describe("a snapshot with the state", () => {
  it("keeps both of one moment, and is restored as often as asked", async () => {
    const { snapshot, restore, snapshots, machines, host, id, get, places } = await withMachine();
    await snapshot("one");
    expect(await snapshots.list("default", "vm")).toMatchObject([{ name: "one", stateful: true, size: 104 }]);
    expect(await get()).toMatchObject({ status: "Running", stateful: false });
    for (const round of ["first", "second"]) {
      machines.memory.set(id, round);
      host.pool.contents.set(id, round);
      await restore("one");
      expect(await get()).toMatchObject({ status: "Running", stateful: false });
      expect([machines.memory.get(id), host.pool.contents.get(id)]).toEqual(["memory", "disk"]);
    }
    expect(places()).toHaveLength(1);
    await done(snapshots.delete("default", "vm", "one"));
    expect(places()).toEqual([]);
  });

  it("stands still while the disk is kept, and a paused one stays paused", async () => {
    const { snapshot, host, instances, id } = await withMachine();
    const seen: unknown[] = [];
    const keep = host.pool.snapshots.create.bind(host.pool.snapshots);
    host.pool.snapshots.create = (of, live) =>
      keep(of, live && { still: (work) => live.still(() => (seen.push(host.machines.get(id)?.paused), work())) });
    await snapshot("one");
    expect(host.machines.get(id)).toMatchObject({ paused: false });
    await done(instances.changeState("default", "vm", { action: "freeze" }));
    await snapshot("two");
    expect(host.machines.get(id)).toMatchObject({ paused: true });
    expect(seen).toEqual([true, true]);
  });

  it("starts a stopped instance when it is restored, and boots it where only the disk is asked for", async () => {
    const { snapshot, restore, change, machines, id, get } = await withMachine();
    await snapshot("one");
    await change("stop");
    await restore("one");
    expect(machines.memory.get(id)).toBe("memory");
    await restore("one", false);
    expect(machines.memory.get(id)).toBe("");
    await change("stop");
    await restore("one", false);
    expect(await get()).toMatchObject({ status: "Stopped", stateful: false });
  });

  it("of an instance that was stopped with its state shares that one", async () => {
    const { snapshot, suspend, change, restore, machines, places, id } = await withMachine();
    await suspend();
    await snapshot("one");
    expect(places()).toHaveLength(1);
    await change("start");
    expect(places()).toHaveLength(1);
    machines.memory.set(id, "changed");
    await restore("one");
    expect(machines.memory.get(id)).toBe("memory");
  });

  it("is not restored with a state that it does not have, nor taken of one that has none", async () => {
    const { snapshot, restore, change } = await withMachine();
    await snapshot("one", false);
    await expect(restore("one")).rejects.toMatchObject({ code: "instance_wrong_state" });
    await change("stop");
    await expect(snapshot("two")).rejects.toMatchObject({ code: "instance_wrong_state" });
  });

  it("that fails leaves nothing", async () => {
    const { snapshot, snapshots, machines, places, get } = await withMachine();
    machines.failSave = new LodgeError({ code: "pool_full", message: "No room." });
    await expect(snapshot("one")).rejects.toMatchObject({ code: "pool_full" });
    expect(await snapshots.list("default", "vm")).toEqual([]);
    expect(places()).toEqual([]);
    expect(await get()).toMatchObject({ status: "Running" });
  });

  it("is copied without the state, which is of another machine", async () => {
    const { snapshot, instances, snapshots } = await withMachine();
    await snapshot("one");
    await done(instances.create("default", { name: "copy", source: { type: "copy", source: "vm" } }));
    expect(await snapshots.list("default", "copy")).toMatchObject([{ name: "one", stateful: false }]);
  });

  it.each(["running", "stopped"])("whose restore of a %s instance dies half-way is begun again", async (before) => {
    const world = await withMachine();
    await world.snapshot("one");
    if (before === "stopped") await world.change("stop");
    world.machines.start = () => new Promise(() => {});
    void world.restore("one");
    await expect.poll(async () => (await world.get()).stateful).toBe(true);
    await expect.poll(async () => (await world.host.store.instances.get(world.id))?.pending).toBeUndefined();
    const next = await nextDaemon(world);
    expect(await next.get()).toMatchObject({ status: "Starting", stateful: true });
    await done(next.snapshots.delete("default", "vm", "one"));
    await (await next.boot.bringBack())?.done;
    expect(await next.get()).toMatchObject({ status: "Running", stateful: false });
    expect(next.memories()).toEqual(["memory"]);
  });
});
