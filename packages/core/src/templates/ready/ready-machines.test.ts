import { LodgeError } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "../../instances/testing/fake-host.ts";
import { idleAfter } from "./targets.ts";

const vm = (name: string, more: Parameters<typeof web>[0] = {}) =>
  web({ name, source: { type: "image", alias: "machine" }, start: true, ...more });

/** A daemon with a template from which somebody has launched, and machines that stand ready. */
async function withReady(each = "1") {
  const world = await setUp();
  const { settings, deps, host, instances, machines } = world;
  settings.delete("templates.enabled");
  settings.set("templates.ready", each);
  // Time stands still where nothing waits for a moment; nobody waits for the end of idleness.
  const wait = deps.wait;
  const idle = Promise.withResolvers<void>();
  const stands: typeof deps.wait = (milliseconds, signal) => {
    if (milliseconds <= 1_000) return wait(milliseconds, signal);
    return new Promise((resolve, reject) => {
      void idle.promise.then(() => wait(milliseconds, signal)).then(resolve, reject);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  };
  Object.assign(deps, { wait: stands });
  const launch = (name: string, more: Parameters<typeof web>[0] = {}) =>
    done(instances.create("default", vm(name, more)));
  const recordOf = async (name: string) => (await host.store.instances.list()).find((record) => record.name === name);
  const stand = (count: number) => expect.poll(() => machines.held.size).toBe(count);
  await launch("one");
  await expect.poll(() => host.store.templates.list()).toHaveLength(1);
  await launch("two");
  await stand(Math.min(2, Number(each)));
  return { ...world, launch, recordOf, stand, passIdleTime: () => idle.resolve() };
}

describe("a machine that stands ready", () => {
  it("is nobody's, and is what the next launch is", async () => {
    const { launch, recordOf, stand, machines, instances, host } = await withReady();
    const [[id, { nics }] = [undefined, { nics: [] }]] = [...machines.held];
    const reserved = (await host.store.instances.list()).find((record) => record.id === id);
    expect(reserved).toMatchObject({ life: "creating", devices: {}, profiles: [] });
    expect(reserved?.fingerprint).toBeUndefined();
    expect((await instances.list("default")).map(({ name }) => name)).toEqual(["one", "two"]);
    expect(host.network.ports.size).toBe(2);
    expect([...machines.held.values()][0]?.config["limits.memory"]).toBe("1024MiB");
    await launch("three", { config: { "limits.memory": "1GiB" } });
    expect(machines.begunHeld).toEqual(["three"]);
    const three = await recordOf("three");
    expect(three).toMatchObject({ id, uuid: reserved?.uuid, life: "present", wanted: true });
    expect(three?.config).toMatchObject({ "volatile.begun": "template", "volatile.eth0.hwaddr": nics[0]?.mac });
    expect(three?.config["volatile.eth0.ipv4_address"]).toBeDefined();
    expect(machines.memory.get(three?.id ?? ("" as never))).toBe(", ready for forks, now three");
    expect(machines.specs.get(three?.id ?? "")?.config["limits.memory"]).toBe("1GiB");
    await stand(1);
  });

  it("is not for launches of another kind, which fork or boot", async () => {
    const { launch, recordOf, machines } = await withReady();
    await launch("three", { devices: { eth0: { type: "nic", network: "lodgebr0", hwaddr: "00:16:3e:00:00:01" } } });
    await launch("four", { start: false });
    await launch("five", { config: { "limits.cpu.model": "Nehalem" } });
    expect(machines.begunHeld).toEqual([]);
    expect((await recordOf("three"))?.config["volatile.begun"]).toBe("template");
  });

  it("has the size of its template, whatever the launch has that it is made after", async () => {
    const { launch, stand, machines } = await withReady();
    await launch("small", { config: { "limits.memory": "640MiB" } });
    expect(machines.begunHeld).toEqual(["small"]);
    await stand(1);
    expect([...machines.held.values()][0]?.config["limits.memory"]).toBe("1024MiB");
  });

  it("is one of several, and when none is left launches fork", async () => {
    const { launch, recordOf, machines } = await withReady("2");
    await Promise.all(["a", "b", "c", "d"].map((name) => launch(name)));
    expect(machines.begunHeld).toHaveLength(2);
    for (const name of ["a", "b", "c", "d"]) expect((await recordOf(name))?.config["volatile.begun"]).toBe("template");
  });

  it("that does not begin is replaced by a fork", async () => {
    const { launch, recordOf, machines, host } = await withReady();
    const [[id, spec] = []] = machines.held;
    if (!id || !spec) throw new Error("none is ready");
    machines.held.set(id, { ...spec, resume: { directory: "/elsewhere", as: "fork" } });
    await launch("three");
    expect(machines.begunHeld).toEqual([]);
    expect((await recordOf("three"))?.config["volatile.begun"]).toBe("template");
    expect(host.machines.get(id)).toMatchObject({ paused: false });
  });

  it("ends when nobody launched the like for long, and one that ended by itself is replaced", async () => {
    const { machines, stand, passIdleTime, host, launch } = await withReady();
    const [id] = machines.held.keys();
    if (!id) throw new Error("none is ready");
    machines.end(id, { reason: "crash", detail: "" });
    await stand(0);
    await expect.poll(async () => (await host.store.instances.list()).some((record) => record.id === id)).toBe(false);
    const before = host.time.getTime();
    await launch("three");
    await stand(1);
    passIdleTime();
    await stand(0);
    expect(host.time.getTime() - before).toBeGreaterThanOrEqual(idleAfter);
    expect(host.machines.size).toBe(3);
    expect(host.pool.roots.size).toBe(4);
  });

  it("goes with its template, with the setting, and with the daemon", async () => {
    const { templates, stand, host, launch, settings, machines } = await withReady();
    const [template] = await host.store.templates.list();
    await templates.removeOf(template?.fingerprint ?? "");
    await stand(0);
    expect(host.pool.roots.size).toBe(2);
    await launch("three");
    await expect.poll(() => host.store.templates.list()).toHaveLength(1);
    await launch("four");
    await stand(1);
    settings.set("templates.ready", "0");
    await launch("five");
    await stand(0);
    settings.set("templates.ready", "1");
    await launch("six");
    await stand(1);
    await templates.close();
    expect(machines.held.size).toBe(0);
    expect(host.machines.size).toBe(6);
  });

  it("that is being made when its template goes is not made, and the removal waits for neither more nor less", async () => {
    const { machines, launch, stand, templates, host, settings } = await withReady("0");
    const held = Promise.withResolvers<void>();
    const hold = machines.hold.bind(machines);
    machines.hold = async (spec, signal = new AbortController().signal) => {
      held.resolve();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      signal.throwIfAborted();
      await hold(spec, signal);
    };
    settings.set("templates.ready", "1");
    await launch("three");
    await held.promise;
    const [template] = await host.store.templates.list();
    await templates.remove(template?.id ?? ("" as never));
    await stand(0);
    expect(await host.store.templates.list()).toEqual([]);
    expect((await host.store.instances.list()).map(({ name }) => name).sort()).toEqual(["one", "three", "two"]);
    expect(host.pool.roots.size).toBe(3);
  });

  it("goes when QEMU has changed, and the next ones are of the template that is made anew", async () => {
    const { machines, launch, stand, templates, host } = await withReady();
    const [before] = await host.store.templates.list();
    machines.info = async () => ({ name: "fake", version: "2", screens: false });
    await launch("three");
    expect(machines.begunHeld).toEqual([]);
    await templates.refresh();
    expect(machines.held.size).toBe(0);
    const after = await host.store.templates.list();
    expect(after).toHaveLength(1);
    expect(after[0]?.id).not.toBe(before?.id);
    await launch("four");
    await stand(1);
    expect(templates.readyOf(after[0]?.id ?? ("" as never))).toBe(1);
    await launch("five");
    expect(machines.begunHeld).toEqual(["five"]);
  });

  it("that a launch has keeps its template until it runs", async () => {
    const { machines, launch, templates, host, recordOf } = await withReady();
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const personalize = machines.personalize.bind(machines);
    machines.personalize = async (...of) => {
      begun.resolve();
      await go.promise;
      return personalize(...of);
    };
    const launching = launch("three");
    await begun.promise;
    const [template] = await host.store.templates.list();
    let gone = false;
    const removal = templates.remove(template?.id ?? ("" as never)).then(() => (gone = true));
    await expect.poll(async () => (await host.store.templates.list())[0]?.life).toBe("deleting");
    expect(gone).toBe(false);
    go.resolve();
    await Promise.all([launching, removal]);
    expect(machines.begunHeld).toEqual(["three"]);
    expect((await recordOf("three"))?.life).toBe("present");
    expect(await host.store.templates.list()).toEqual([]);
  });

  it("is not made of what cannot be held, again and again", async () => {
    const world = await withReady("0");
    let asked = 0;
    Object.defineProperty(world.machines, "failHold", {
      get: () => {
        asked++;
        return new LodgeError({ code: "instance_start_failed", message: "It does not." });
      },
    });
    world.settings.set("templates.ready", "2");
    await world.launch("three");
    await world.launch("four");
    await expect.poll(() => asked).toBe(1);
    await expect.poll(() => world.host.machines.size).toBe(4);
    expect(world.host.pool.roots.size).toBe(5);
  });
});

describe("a daemon that dies", () => {
  type World = Awaited<ReturnType<typeof withReady>>;

  async function nextDaemon({ host, deps, runs }: World) {
    runs.close();
    deps.lock.run = () => new Promise(() => {});
    return startDaemon(host);
  }

  it("leaves none of them", async () => {
    const world = await withReady("2");
    const next = await nextDaemon(world);
    expect((await next.instances.list("default")).map(({ name }) => name)).toEqual(["one", "two"]);
    expect(world.host.machines.size).toBe(2);
    expect(world.host.pool.roots.size).toBe(3);
    expect(await world.host.store.instances.list()).toHaveLength(2);
  });

  it("while a launch becomes one leaves neither", async () => {
    const world = await withReady();
    world.machines.personalize = () => new Promise(() => {});
    void world.launch("three");
    await expect.poll(() => world.machines.begunHeld).toEqual(["three"]);
    const next = await nextDaemon(world);
    expect((await next.instances.list("default")).map(({ name }) => name)).toEqual(["one", "two"]);
    expect(world.host.machines.size).toBe(2);
    expect(world.host.pool.roots.size).toBe(3);
  });
});
