import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type LodgeClient } from "./index.ts";
import { FakeDaemon } from "./testing.ts";

let daemon: FakeDaemon;
let client: LodgeClient;

beforeEach(async () => {
  daemon = await FakeDaemon.start([
    { name: "web", ready: false },
    { name: "off", status: "Stopped" },
  ]);
  client = connect({ socket: daemon.socket });
});
afterEach(() => daemon.stop());

test("what is so already needs no events", async () => {
  await client.instances.waitFor("web", { condition: "running" });
  await client.instances.waitFor("off", { condition: "stopped" });
  expect(daemon.server.seen.some((line) => line.includes("events"))).toBe(false);
});

test("ready by its event", async () => {
  const waiting = client.instances.waitFor("web", { condition: "ready" });
  await expect.poll(() => daemon.server.seen.filter((line) => line.endsWith("/state")).length).toBeGreaterThan(1);
  daemon.becomeReady("web");
  expect((await waiting).ready).toBe(true);
});

test("a stopped instance does not become ready", async () => {
  await expect(client.instances.waitFor("off", { condition: "ready" })).rejects.toMatchObject({
    code: "instance_wrong_state",
    message: expect.stringContaining("lodge start off"),
  });
});

test("nor does a paused one", async () => {
  daemon.add({ name: "ice", status: "Frozen" });
  await expect(client.instances.waitFor("ice", { condition: "ready" })).rejects.toMatchObject({
    code: "instance_wrong_state",
    message: expect.stringContaining("lodge resume ice"),
  });
});

test("a stopped instance that is being started does", async () => {
  daemon.server.on("PUT", /\/off\/state$/, () =>
    daemon.operations.start("Starting instance", "off", async () => {
      await expect.poll(() => daemon.server.seen.some((line) => line.includes("operations?recursion"))).toBe(true);
      const instance = daemon.instances.get("off");
      Object.assign(instance?.state ?? {}, { status: "Running", ready: true });
      return undefined;
    }),
  );
  await client.instances.setState("off", "start");
  expect((await client.instances.waitFor("off", { condition: "ready" })).status).toBe("Running");
});

test("its signal ends the waiting", async () => {
  const reason = new Error("enough");
  const end = new AbortController();
  const waiting = client.instances.waitFor("web", { condition: "ready", signal: end.signal });
  setImmediate(() => end.abort(reason));
  await expect(waiting).rejects.toBe(reason);
});
