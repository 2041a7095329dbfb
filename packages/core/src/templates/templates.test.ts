import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../instances/testing/fake-host.ts";

const defaultDevices = {
  root: { type: "disk", path: "/", pool: "default" },
  eth0: { type: "nic", name: "eth0", network: "lodgebr0" },
};

type World = Awaited<ReturnType<typeof setUp>>;

const vm = (name: string, more: Parameters<typeof web>[0] = {}) =>
  web({ name, source: { type: "image", alias: "machine" }, start: true, ...more });

async function withTemplates() {
  const world = await setUp();
  world.settings.delete("templates.enabled");
  return { ...world, ...verbs(world), source: world.templates };
}

function verbs({ instances, host, machines }: Pick<World, "instances" | "host" | "machines">) {
  const recordOf = async (name: string) => (await host.store.instances.list()).find((each) => each.name === name);
  return {
    launch: (name: string, more: Parameters<typeof web>[0] = {}) => done(instances.create("default", vm(name, more))),
    begun: async (name: string) => (await recordOf(name))?.config["volatile.begun"],
    memoryOf: async (name: string) => machines.memory.get((await recordOf(name))?.id ?? ("" as never)),
    recordOf,
    kept: () => host.store.templates.list(),
    /** Until the background has made as many as there should be. */
    made: (count = 1) => expect.poll(() => host.store.templates.list()).toHaveLength(count),
  };
}

/** The daemon dies and does nothing any more; the next one is there. */
async function nextDaemon({ host, deps, runs }: World) {
  runs.close();
  deps.lock.run = () => new Promise(() => {});
  const next = await startDaemon(host);
  next.settings.delete("templates.enabled");
  return { ...next, host, ...verbs({ ...next, host }), source: next.templates };
}

describe("a launch", () => {
  it("leaves a template, from which the next ones fork as machines of their own", async () => {
    const { launch, begun, memoryOf, made, kept, instances, host } = await withTemplates();
    await launch("one");
    expect(await begun("one")).toBe("boot: there was no template");
    await made();
    expect((await instances.list("default")).map(({ name }) => name)).toEqual(["one"]);
    expect(host.machines.size).toBe(1);
    await launch("two");
    expect(await begun("two")).toBe("template");
    expect(await memoryOf("two")).toBe(", ready for forks, now two");
    expect(await instances.get("default", "two")).toMatchObject({ status: "Running", stateful: false });
    expect(await kept()).toHaveLength(1);
  });

  it("never forks from a template of another project", async () => {
    const { launch, made, kept, host, instances, templates } = await withTemplates();
    await host.store.projects.put({ name: "blue", description: "", config: { "features.profiles": "false" } });
    await launch("one");
    await made();
    await done(instances.create("blue", vm("one")));
    const [theirs] = (await host.store.instances.list()).filter(({ project }) => project === "blue");
    expect(theirs?.config["volatile.begun"]).toBe("boot: there was no template");
    await made(2);
    expect((await kept()).map(({ project }) => project).sort()).toEqual(["blue", "default"]);
    await templates.removeOfProject("blue");
    expect((await kept()).map(({ project }) => project)).toEqual(["default"]);
  });

  it("in two steps forks as well, at the first start only", async () => {
    const { launch, begun, memoryOf, made, instances, recordOf } = await withTemplates();
    await launch("one");
    await made();
    await launch("two", { start: false });
    expect(await begun("two")).toBeUndefined();
    await done(instances.changeState("default", "two", { action: "start" }));
    expect(await begun("two")).toBe("template");
    expect(await memoryOf("two")).toBe(", ready for forks, now two");
    const two = await recordOf("two");
    expect(two).toMatchObject({ wanted: true });
    expect(two?.pending).toBeUndefined();
    await done(instances.changeState("default", "two", { action: "stop", force: true }));
    await done(instances.changeState("default", "two", { action: "start" }));
    expect(await memoryOf("two")).toBe("");
  });

  it("in two steps boots with what was changed while it tried to fork", async () => {
    const { launch, begun, made, machines, instances, recordOf, host } = await withTemplates();
    await launch("one");
    await made();
    await launch("two", { start: false });
    machines.personalize = async () => {
      const two = await recordOf("two");
      if (two) await host.store.instances.put({ ...two, description: "changed" });
      throw new LodgeError({ code: "instance_not_ready", message: "It does not listen." });
    };
    await done(instances.changeState("default", "two", { action: "start" }));
    expect(await begun("two")).toMatch(/^boot: /);
    const two = await recordOf("two");
    expect([two?.description, two?.pending]).toEqual(["changed", undefined]);
  });

  it("in two steps boots when it cannot fork, or when a snapshot stands on its root", async () => {
    const { launch, begun, made, host, instances, machines, snapshots } = await withTemplates();
    await launch("one");
    await made();
    for (const name of ["two", "three", "four"]) await launch(name, { start: false });
    await done(snapshots.create("default", "four", { name: "first" }));
    const start = (name: string) => done(instances.changeState("default", name, { action: "start" }));
    machines.failPersonalize = new LodgeError({ code: "instance_not_ready", message: "It does not listen." });
    await start("two");
    expect(await begun("two")).toMatch(/It does not listen/);
    host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_failed", message: "It is damaged." }));
    await start("three");
    expect(await begun("three")).toMatch(/It is damaged/);
    await start("four");
    expect(await begun("four")).toBe("boot: it has snapshots");
    for (const name of ["two", "three", "four"])
      expect(await instances.get("default", name)).toMatchObject({ status: "Running" });
  });

  it.each([
    ["is off", { "templates.enabled": "false" }, {}, /switched off/],
    ["cannot be forked", {}, { "security.secureboot": "true" }, /Secure Boot/],
  ])("boots and leaves nothing where it %s", async (_, settings, config, why) => {
    const world = await withTemplates();
    for (const [key, value] of Object.entries(settings)) world.settings.set(key, value);
    await world.launch("one", { config: config as Record<string, string> });
    expect(await world.begun("one")).toMatch(why);
    expect(await world.kept()).toEqual([]);
  });

  it("boots when it cannot fork, with a fresh root, and gives a damaged template up", async () => {
    const { launch, begun, made, kept, host, recordOf, memoryOf } = await withTemplates();
    await launch("one");
    await made();
    const [template] = await kept();
    host.pool.contents.set(template?.id ?? ("" as never), "the template's disk");
    host.states.clear();
    await launch("two");
    expect(await begun("two")).toMatch(/^boot: forking failed: The state cannot be loaded/);
    expect(await memoryOf("two")).toBe("");
    const two = await recordOf("two");
    expect(two?.pending).toBeUndefined();
    expect(host.pool.contents.get(two?.id ?? ("" as never))).toBeUndefined();
    await made(0);
  });

  it("boots when the guest cannot be told who it is", async () => {
    const { launch, begun, made, machines, instances } = await withTemplates();
    await launch("one");
    await made();
    machines.failPersonalize = new LodgeError({ code: "instance_not_ready", message: "It does not listen." });
    await launch("two");
    expect(await begun("two")).toMatch(/It does not listen/);
    expect(await instances.get("default", "two")).toMatchObject({ status: "Running" });
    await made(1);
  });

  it("boots when the template's disk cannot be copied", async () => {
    const { launch, begun, made, host, instances } = await withTemplates();
    await launch("one");
    await made();
    host.pool.failures.set("copyRoot", new LodgeError({ code: "pool_failed", message: "It is damaged." }));
    await launch("two");
    expect(await begun("two")).toBe("boot: the template's disk could not be copied: It is damaged.");
    expect(await instances.get("default", "two")).toMatchObject({ status: "Running" });
    await made(1);
  });

  it("whose template's disk is damaged boots, and gives the template up", async () => {
    const { launch, begun, made, host } = await withTemplates();
    await launch("one");
    await made();
    host.pool.failures.set("copyRoot", new LodgeError({ code: "disk_damaged", message: "It is damaged." }));
    await launch("two");
    expect(await begun("two")).toMatch(/^boot: the template's disk could not be copied/);
    await made(0);
  });

  it("of other hardware leaves a template of its own, the least used of which go when there is no room", async () => {
    const { launch, made, kept, settings, host } = await withTemplates();
    await launch("one");
    await made();
    const [first] = await kept();
    settings.set("templates.budget", String((first?.size ?? 0) + 1));
    host.time = new Date(host.time.getTime() + 1000);
    await launch("two", { config: { "limits.cpu.model": "Nehalem" } });
    await expect.poll(async () => (await kept()).map(({ id }) => id)).not.toContain(first?.id);
    await made();
  });
});

describe("templates", () => {
  it("go, and what was forked from them stays", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    await world.launch("two");
    const [template] = await world.host.store.templates.list();
    await world.source.removeOf(template?.fingerprint ?? "");
    expect(await world.kept()).toEqual([]);
    expect(await world.instances.get("default", "two")).toMatchObject({ status: "Running" });
    expect(world.host.pool.roots.size).toBe(2);
  });

  it("wait for those who are about to fork from them", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    const one = await world.recordOf("one");
    if (!one) throw new Error("no record");
    const beginning = await world.source.begin({ record: one, config: {}, devices: defaultDevices });
    if (beginning.kind !== "fork") throw new Error(beginning.why);
    let gone = false;
    const removal = world.source.remove(beginning.template.id).then(() => (gone = true));
    await expect.poll(async () => (await world.kept())[0]?.life).toBe("deleting");
    expect((await world.source.begin({ record: one, config: {}, devices: defaultDevices })).kind).toBe("boot");
    expect(gone).toBe(false);
    beginning.template[Symbol.dispose]();
    await removal;
    expect(await world.kept()).toEqual([]);
  });

  it("serve what is as large as they booted with or larger; a smaller one stands beside a larger one", async () => {
    const { launch, begun, made, kept, host } = await withTemplates();
    await launch("usual");
    await made();
    await launch("large", { config: { "limits.memory": "2GiB" } });
    await launch("half", { config: { "limits.memory": "512MiB" } });
    await launch("small", { config: { "limits.memory": "511MiB" } });
    const ways = [await begun("large"), await begun("half"), await begun("small")];
    expect(ways).toEqual(["template", "template", "boot: there was no template"]);
    await expect.poll(async () => (await kept()).length).toBe(2);
    await launch("smaller", { config: { "limits.memory": "256MiB" } });
    await launch("usual-again");
    expect([await begun("smaller"), await begun("usual-again")]).toEqual(["template", "template"]);
    expect(host.pool.roots.size).toBe(8);
  });

  it("that are made twice are made once, and one that is too large is refused", async () => {
    const world = await withTemplates();
    await world.launch("one", { start: false });
    const one = await world.recordOf("one");
    if (!one) throw new Error("no record");
    const shape = await world.source.shapeOf({ record: one, config: {}, devices: defaultDevices });
    const build = () => world.source.build(shape, () => undefined, new AbortController().signal);
    const [first, second] = await Promise.all([build(), build()]);
    expect(second.id).toBe(first.id);
    await world.source.remove(first.id);
    world.settings.set("templates.budget", "1");
    await expect(build()).rejects.toMatchObject({ code: "pool_full" });
    expect(await world.kept()).toEqual([]);
  });

  it("of another version of the driver are made anew at the daemon's start", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    const [before] = await world.kept();
    world.machines.info = async () => ({ name: "fake", version: "2", screens: false });
    await world.source.refresh();
    const [after] = await world.kept();
    expect(after?.id).not.toBe(before?.id);
    expect(after?.shape).toContain("fake 2");
  });
});

describe("a daemon that dies", () => {
  it("while a template boots leaves nothing of it", async () => {
    const world = await withTemplates();
    await world.launch("one");
    world.machines.saveState = () => new Promise(() => {});
    await expect.poll(() => world.host.machines.size).toBe(2);
    const next = await nextDaemon(world);
    expect(await next.kept()).toEqual([]);
    expect(world.host.machines.size).toBe(1);
    expect(world.host.pool.roots.size).toBe(1);
  });

  it("keeps the templates that are there, and those whose removal began go", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    const next = await nextDaemon(world);
    await next.launch("two");
    expect(await next.begun("two")).toBe("template");
    const [template] = await next.kept();
    if (template) await world.host.store.templates.put({ ...template, life: "deleting" });
    await next.source.refresh();
    expect(await next.kept()).toEqual([]);
  });

  it("while a fork begins leaves none", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    world.machines.personalize = () => new Promise(() => {});
    void world.launch("two");
    await expect.poll(() => world.host.machines.size).toBe(2);
    const next = await nextDaemon(world);
    expect((await next.instances.list("default")).map(({ name }) => name)).toEqual(["one"]);
    expect(world.host.machines.size).toBe(1);
    expect(world.host.pool.roots.size).toBe(2);
  });

  it("in a first start ends what is not a machine of its own yet, and keeps the instance", async () => {
    const world = await withTemplates();
    await world.launch("one");
    await world.made();
    await world.launch("two", { start: false });
    world.machines.personalize = () => new Promise(() => {});
    void world.instances.changeState("default", "two", { action: "start" });
    await expect.poll(() => world.host.machines.size).toBe(2);
    const next = await nextDaemon(world);
    expect(world.host.machines.size).toBe(1);
    expect(await next.instances.get("default", "two")).toMatchObject({ status: "Stopped" });
    expect((await next.recordOf("two"))?.pending).toBeUndefined();
    await done(next.instances.changeState("default", "two", { action: "start" }));
    expect(await next.begun("two")).toBe("template");
    expect(await next.memoryOf("two")).toBe(", ready for forks, now two");
  });
});
