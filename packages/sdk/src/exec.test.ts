import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type LodgeClient } from "./index.ts";
import { FakeDaemon } from "./testing.ts";

let daemon: FakeDaemon;
let client: LodgeClient;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
  client = connect({ socket: daemon.socket });
});
afterEach(() => daemon.stop());

test("output and status", async () => {
  const session = await client.instances.exec("web", { command: ["echo", "hello", "there"] });
  expect(await text(session.stdout)).toBe("hello there\n");
  expect(await session.exit).toBe(0);
});

test("standard error and a status that is not 0", async () => {
  const session = await client.instances.exec("web", { command: ["fail", "42"] });
  session.stdout.resume();
  expect(session.stderr && (await text(session.stderr))).toBe("it failed\n");
  expect(await session.exit).toBe(42);
});

test("standard input to its end, more than a buffer of it", async () => {
  const sent = "line\n".repeat(200_000);
  const session = await client.instances.exec("web", { command: ["cat"] });
  session.stderr?.resume();
  session.stdin.end(sent);
  expect(await text(session.stdout)).toBe(sent);
  expect(await session.exit).toBe(0);
});

test("a terminal has one stream, a size and resizes", async () => {
  const session = await client.instances.exec("web", { command: ["size"], terminal: { columns: 80, rows: 24 } });
  expect(session.stderr).toBeUndefined();
  session.resize(120, 40);
  expect(await text(session.stdout)).toBe("80x24\n120x40\n");
});

test("signals", async () => {
  const session = await client.instances.exec("web", { command: ["signal"] });
  session.stdout.once("data", () => session.signal(15));
  expect(await session.exit).toBe(15);
});

test("a guest that boots is instance_not_ready at once", async () => {
  daemon.add({ name: "slow", ready: false });
  await expect(client.instances.exec("slow", { command: ["true"] })).rejects.toMatchObject({
    code: "instance_not_ready",
  });
});
