import { type InstanceCreate, type InstanceStatePut, LodgeError, type Requestor } from "@lodge/api";
import { describe, expect, it } from "vitest";
import type { EditableInstance } from "../services.ts";
import type { ExitReport, InstanceId } from "./driver.ts";
import { Runs } from "./runs.ts";
import { done, setUp, startDaemon, web } from "./testing/fake-host.ts";

describe("creating", () => {
  it("makes a stopped instance with the image's properties and addresses of its own", async () => {
    const { instances, actions } = await setUp();
    await done(instances.create("default", web()));
    const created = await instances.get("default", "web");
    expect(created).toMatchObject({
      status: "Stopped",
      type: "container",
      profiles: ["default"],
      architecture: "x86_64",
    });
    expect(created.config).toMatchObject({ "image.os": "tiny", "volatile.eth0.ipv4_address": "10.1.2.2" });
    expect(created.expanded_devices).toHaveProperty("root");
    expect(actions).toContain("instance-created");
  });

  it("chooses a name when none is given, and different addresses for two at once", async () => {
    const { instances } = await setUp();
    const nameless = { source: { type: "image" as const, alias: "tiny" } };
    await Promise.all([done(instances.create("default", nameless)), done(instances.create("default", nameless))]);
    const addresses = (await instances.list("default")).map((i) => i.config["volatile.eth0.ipv4_address"]);
    expect(new Set(addresses).size).toBe(2);
  });

  it.each([
    [web({ name: "-bad" }), "instance_name_invalid"],
    [web({ source: { type: "image", alias: "nothing" } }), "image_not_found"],
    [web({ type: "virtual-machine" }), "image_type_mismatch"],
    [web({ config: { nonsense: "1" } }), "config_key_unknown"],
    [web({ config: { "volatile.uuid": "x" } }), "config_key_readonly"],
    [web({ config: { "limits.memory": "1TiB" } }), "limit_exceeds_host"],
    [web({ profiles: ["gone"] }), "profile_not_found"],
    [web({ devices: { eth0: { type: "nic", network: "gone" } } }), "network_not_found"],
    [web({ devices: { root: { type: "disk", path: "/", pool: "gone" } } }), "pool_not_found"],
    [web({ source: { type: "migration" } }), "not_supported"],
    [web({ architecture: "aarch64" }), "host_unsupported"],
  ])("refuses %j as %s and keeps nothing", async (request, code) => {
    const { instances, host } = await setUp();
    await expect(instances.create("default", request)).rejects.toMatchObject({ code });
    expect(await host.store.instances.list()).toEqual([]);
  });

  it("makes an empty instance of no image, keeps it over a restart, and copies it", async () => {
    const { instances, host } = await setUp();
    await done(instances.create("default", web({ source: { type: "none" } })));
    const created = await instances.get("default", "web");
    expect(created).toMatchObject({ type: "container", status: "Stopped" });
    expect(Object.keys(created.config).filter((key) => /^image|base_image/.test(key))).toEqual([]);
    const next = await startDaemon(host);
    const source = { type: "copy" as const, source: "web" };
    await done(next.instances.create("default", web({ name: "copy", source })));
    expect([...host.pool.roots.values()].map((root) => root.fingerprint)).toEqual([undefined, undefined]);
    expect(await host.store.instances.list()).toHaveLength(2);
  });

  it("refuses a name in use", async () => {
    const { instances } = await setUp();
    await done(instances.create("default", web()));
    await expect(instances.create("default", web())).rejects.toMatchObject({ code: "instance_exists" });
  });

  it("leaves nothing when starting it fails", async () => {
    const { instances, driver, host } = await setUp();
    driver.failStart = new LodgeError({ code: "instance_start_failed", message: "crun: no such init" });
    await expect(done(instances.create("default", web({ start: true })))).rejects.toMatchObject({
      code: "instance_start_failed",
    });
    expect(await host.store.instances.list()).toEqual([]);
    expect(driver.prepared.size).toBe(0);
  });

  it("leaves nothing in the making when its pool is not available", async () => {
    const { instances, driver, deps } = await setUp();
    await done(instances.create("default", web()));
    (deps.pools as Map<string, unknown>).delete("default");
    await expect(done(instances.changeState("default", "web", { action: "start" }))).rejects.toMatchObject({
      message: expect.stringContaining("Storage pool"),
    });
    await new Promise(setImmediate);
    expect(driver.prepared.size).toBe(0);
  });
});

describe("running", () => {
  async function running(more: Partial<InstanceCreate> = {}) {
    const world = await setUp();
    await done(world.instances.create("default", web({ start: true, ...more })));
    const [record] = await world.host.store.instances.list();
    if (!record) throw new Error("no record");
    return { ...world, id: record.id };
  }

  it("starts, pauses, resumes, stops", async () => {
    const { instances, actions } = await running();
    const status = async () => (await instances.get("default", "web")).status;
    expect(await status()).toBe("Running");
    await done(instances.changeState("default", "web", { action: "freeze" }));
    expect(await status()).toBe("Frozen");
    await done(instances.changeState("default", "web", { action: "unfreeze" }));
    await done(instances.changeState("default", "web", { action: "stop" }));
    expect(await status()).toBe("Stopped");
    expect(actions).toEqual([
      "instance-created",
      "instance-started",
      "instance-paused",
      "instance-resumed",
      "instance-shutdown",
    ]);
  });

  it("says who stopped it, and nobody where it ended by itself", async () => {
    const { instances, driver, deps, id } = await running();
    const ends: unknown[] = [];
    deps.events.subscribe(({ metadata }) => {
      const { action = "", requestor } = metadata as { action?: string; requestor?: Requestor };
      if (/^instance-(stopped|shutdown)$/.test(action)) ends.push(requestor?.username);
    });
    const by = (username: string, change: InstanceStatePut) =>
      deps.events.askedBy({ username, protocol: "tls", address: "" }, () =>
        instances.changeState("default", "web", change).then((operation) => done(Promise.resolve(operation))),
      );
    await by("ada", { action: "stop", force: true });
    await by("bob", { action: "start" });
    driver.end(id, { reason: "shutdown", detail: "" });
    await expect.poll(() => ends).toEqual(["ada", undefined]);
  });

  it("wakes a paused guest to stop it, as it hears nothing", async () => {
    const { instances, driver, actions } = await running();
    const shutDown = driver.shutdown.bind(driver);
    driver.shutdown = async (id) => {
      if (!driver.host.get(id)?.paused) await shutDown(id);
    };
    await done(instances.changeState("default", "web", { action: "freeze" }));
    await done(instances.changeState("default", "web", { action: "stop", timeout: 1 }));
    expect(actions.at(-1)).toBe("instance-shutdown");
  });

  it.each(["start", "unfreeze"] as const)("refuses %s in the wrong state", async (action) => {
    const { instances } = await running();
    await expect(instances.changeState("default", "web", { action })).rejects.toMatchObject({
      code: "instance_wrong_state",
    });
  });

  it("refuses to delete what runs, and deletes what does not", async () => {
    const { instances, host, driver, id } = await running();
    await expect(instances.delete("default", "web")).rejects.toMatchObject({ code: "instance_wrong_state" });
    await done(instances.changeState("default", "web", { action: "stop", force: true }));
    await done(instances.delete("default", "web"));
    expect(await host.store.instances.list()).toEqual([]);
    expect(driver.forgotten).toContain(id);
    await expect(instances.get("default", "web")).rejects.toMatchObject({ code: "instance_not_found" });
  });

  it("lets a forced stop overtake a patient one that the guest does not follow", async () => {
    const { instances, driver } = await running();
    driver.deaf = true;
    const patient = instances.changeState("default", "web", { action: "stop", timeout: 30 });
    await patient;
    await done(instances.changeState("default", "web", { action: "stop", force: true }));
    expect((await (await patient).done, (await instances.get("default", "web")).status)).toBe("Stopped");
  });

  it("says so when the guest does not power off in time", async () => {
    const { instances, driver } = await running();
    driver.deaf = true;
    const stop = done(instances.changeState("default", "web", { action: "stop", timeout: 0.01 }));
    await expect(stop).rejects.toMatchObject({ code: "timed_out" });
    expect((await instances.get("default", "web")).status).toBe("Running");
  });

  it("starts again what reboots from inside, and leaves what crashed stopped", async () => {
    const { instances, driver, actions, id } = await running();
    driver.end(id, { reason: "reboot", detail: "" });
    await expect.poll(() => actions).toContain("instance-restarted");
    expect((await instances.get("default", "web")).status).toBe("Running");
    driver.end(id, { reason: "crash", status: 139, detail: "segfault" });
    await expect.poll(() => actions).toContain("instance-stopped");
    expect((await instances.get("default", "web")).status).toBe("Stopped");
  });

  it("shows an instance as running while it reboots, and exec as not ready", async () => {
    const { instances, driver, host, id } = await running();
    const gate = Promise.withResolvers<void>();
    const settle = host.pool.settleRoot.bind(host.pool);
    host.pool.settleRoot = async (root) => {
      await gate.promise;
      await settle(root);
    };
    driver.end(id, { reason: "reboot", detail: "" });
    await expect.poll(async () => driver.prepared.size).toBe(0);
    expect((await instances.get("default", "web")).status).toBe("Running");
    const request = { command: ["true"], environment: {}, uid: 0, gid: 0 };
    await expect(instances.exec("default", "web", request)).rejects.toMatchObject({ code: "instance_not_ready" });
    gate.resolve();
    await expect
      .poll(() =>
        instances.exec("default", "web", request).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it("settles an instance that cannot be started again after its reboot", async () => {
    const { instances, driver, host, actions, id } = await running();
    driver.failStart = new LodgeError({ code: "instance_start_failed", message: "no such init" });
    driver.end(id, { reason: "reboot", detail: "" });
    await expect.poll(() => actions).toContain("instance-stopped");
    expect((await instances.get("default", "web")).status).toBe("Stopped");
    expect((await host.store.instances.get(id))?.wanted).toBe(false);
  });

  it("restarts without losing an ephemeral instance, and deletes it when it stops", async () => {
    const { instances, host } = await running({ ephemeral: true });
    await done(instances.changeState("default", "web", { action: "restart" }));
    expect((await instances.get("default", "web")).status).toBe("Running");
    await done(instances.changeState("default", "web", { action: "stop" }));
    await expect.poll(() => host.store.instances.list()).toEqual([]);
  });

  it("updates configuration, keeping its own volatile keys", async () => {
    const { instances } = await running();
    const before = await instances.get("default", "web");
    const config = { ...before.config, "user.note": "x" };
    await done(instances.update("default", "web", { config, devices: {} }));
    await done(instances.update("default", "web", { config: { "user.note": "x", "image.os": "tiny" } }));
    const after = await instances.get("default", "web");
    expect(after.config).toEqual(config);
  });

  it("shows whether it runs among them, and leaves that aside when it comes back later", async () => {
    const { instances } = await running();
    const { config } = await instances.get("default", "web");
    expect(config["volatile.last_state.power"]).toBe("RUNNING");
    await done(instances.changeState("default", "web", { action: "stop", force: true }));
    await done(instances.update("default", "web", { config, devices: {} }));
    expect((await instances.get("default", "web")).config["volatile.last_state.power"]).toBe("STOPPED");
    const other = { config: { "volatile.last_state.power": "ON" } };
    await expect(instances.update("default", "web", other)).rejects.toMatchObject({ code: "config_key_readonly" });
  });

  it("does not overwrite what another changed since it was read, however close they are", async () => {
    const { instances } = await running();
    const seen = await instances.get("default", "web");
    const change = (note: string) => (current: EditableInstance) => {
      if (current.config["user.note"] !== seen.config["user.note"])
        throw new LodgeError({ code: "etag_mismatch", message: "changed" });
      return { config: { ...seen.config, "user.note": note } };
    };
    const changes = ["x", "y"].map((note) => done(instances.update("default", "web", change(note))));
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("keeps both of two changes that add to what is there", async () => {
    const { instances } = await running();
    const add = (key: string) => (current: EditableInstance) => ({ config: { ...current.config, [key]: "1" } });
    await Promise.all(["user.a", "user.b"].map((key) => done(instances.update("default", "web", add(key)))));
    expect((await instances.get("default", "web")).config).toMatchObject({ "user.a": "1", "user.b": "1" });
  });
});

describe("the next daemon", () => {
  it("adopts what runs and settles what ended, was being made, or was being removed", async () => {
    const { instances, host, deps } = await setUp();
    for (const name of ["runs", "ended", "making", "removing"])
      await done(instances.create("default", web({ name, start: true })));
    const byName = async (name: string) => {
      const found = (await host.store.instances.list()).find((r) => r.name === name);
      if (!found) throw new Error(name);
      return found;
    };
    await host.store.instances.put({ ...(await byName("making")), life: "creating" });
    await host.store.instances.put({ ...(await byName("removing")), life: "deleting" });
    host.processes.delete((await byName("ended")).id);
    deps.lock.run = () => new Promise(() => {}); // the old daemon is dead: it does nothing any more

    const next = await startDaemon(host);
    await expect
      .poll(async () => (await host.store.instances.list()).map((r) => [r.name, r.wanted]))
      .toEqual([
        ["ended", false],
        ["runs", true],
      ]);
    expect([...host.processes.keys()]).toEqual([(await byName("runs")).id]);
    await done(next.instances.changeState("default", "runs", { action: "stop" }));
  });

  it("clears up after a start that the last one did not finish", async () => {
    const { instances, deps, driver, runs } = await setUp();
    await done(instances.create("default", web()));
    const [record] = await deps.store.instances.list();
    if (!record) throw new Error("no record");
    driver.prepared.add(record.id);
    await runs.exited(record.id, { reason: "crash", detail: "QEMU was gone" });
    expect(driver.prepared.has(record.id)).toBe(false);
  });

  it("keeps an end that is reported during recovery until recovery is through", async () => {
    const { deps } = await setUp();
    const runs = new Runs(deps, async () => {});
    const report: ExitReport = { reason: "crash", detail: "" };
    let settled = false;
    const ended = runs.exited("00000000" as InstanceId, report).then(() => {
      settled = true;
    });
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    runs.recovered();
    await ended;
  });
});
