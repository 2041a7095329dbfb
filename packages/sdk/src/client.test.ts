import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, createdName, type LodgeClient } from "./index.ts";
import { errorReply, FakeDaemon } from "./testing.ts";

let daemon: FakeDaemon;
let client: LodgeClient;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }, { name: "db", type: "virtual-machine", status: "Stopped" }]);
  client = connect({ socket: daemon.socket });
});
afterEach(async () => {
  client.close();
  await daemon.stop();
});

test("reads values", async () => {
  expect((await client.instances.list()).map(({ name, state }) => [name, state.status])).toEqual([
    ["db", "Stopped"],
    ["web", "Running"],
  ]);
  expect(await client.instances.names()).toEqual(["db", "web"]);
  expect((await client.instances.state("web")).ready).toBe(true);
});

test("an error answer is a LodgeError with Lodge's code", async () => {
  await expect(client.instances.get("nix")).rejects.toMatchObject({
    code: "instance_not_found",
    kind: "not_found",
    message: "There is no instance nix.",
  });
});

test.each([
  [404, "not_found"],
  [409, "conflict"],
  [418, "invalid"],
  [503, "unavailable"],
  [500, "internal"],
])("a code that is unknown here is one of the status's kind: %i", async (status, kind) => {
  daemon.server.on("GET", /^\/1\.0$/, () => errorReply(status, "made_in_the_future", "Words."));
  await expect(client.server.get()).rejects.toMatchObject({ kind, message: "Words." });
});

test("an operation is waited for, with its progress", async () => {
  const operation = await client.instances.create({ name: "new", source: { type: "image", alias: "tiny" } });
  expect(createdName(operation)).toBe("new");
  const seen: string[] = [];
  const final = await operation.wait({ onProgress: ({ status }) => seen.push(status) });
  expect(final.status).toBe("Success");
  expect(seen.at(-1)).toBe("Success");
  expect(await client.instances.names()).toContain("new");
});

test("a failed operation is thrown with its code", async () => {
  daemon.server.on("DELETE", /web$/, () =>
    daemon.operations.start("Deleting instance", "web", async () => {
      throw new Error("the disk is gone");
    }),
  );
  const operation = await client.instances.delete("web");
  await expect(operation.wait()).rejects.toMatchObject({ code: "internal", message: "the disk is gone" });
});

test("a cancelled operation is thrown as cancelled", async () => {
  daemon.server.on("DELETE", /\/web$/, () =>
    daemon.operations.start("Deleting instance", "web", (_update, signal) => {
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }),
  );
  const operation = await client.instances.delete("web");
  const waiting = operation.wait();
  await operation.cancel();
  await expect(waiting).rejects.toMatchObject({ code: "operation_cancelled" });
});

test("a daemon that goes away interrupts its operations", async () => {
  daemon.server.on("DELETE", /\/web$/, () =>
    daemon.operations.start("Deleting instance", "web", () => new Promise(() => undefined)),
  );
  const operation = await client.instances.delete("web");
  const waiting = operation.wait();
  await Promise.all([daemon.stop(), expect(waiting).rejects.toMatchObject({ code: "operation_interrupted" })]);
});

test("a change that lost the race is etag_mismatch", async () => {
  const { value, etag } = await client.instances.getTagged("web");
  await (await client.instances.update("web", { config: { ...value.config, "user.a": "1" } }, etag)).wait();
  await expect(client.instances.update("web", { config: value.config }, etag)).rejects.toMatchObject({
    code: "etag_mismatch",
  });
});

test("the project goes with each request", async () => {
  const other = connect({ socket: daemon.socket, project: "p1" });
  await other.instances.names();
  expect(daemon.server.seen).toContain("GET /1.0/instances?project=p1");
  other.close();
});

test("no socket: daemon_unreachable", async () => {
  await expect(connect({ socket: "/nonexistent/socket" }).server.get()).rejects.toMatchObject({
    code: "daemon_unreachable",
    message: expect.stringContaining("npm start"),
  });
});

test("a server that hangs up is daemon_unreachable", async () => {
  const path = `${daemon.socket}.rude`;
  const server = createServer((socket) => socket.destroy()).listen(path);
  await expect(connect({ socket: path }).server.get()).rejects.toMatchObject({ code: "daemon_unreachable" });
  server.close();
});
