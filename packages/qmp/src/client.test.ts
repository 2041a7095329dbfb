import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { connectQmp } from "./client.ts";
import { QmpClosedError, QmpError, QmpTimeoutError } from "./errors.ts";
import { type Script, scriptedServer } from "./testing/scripted-server.ts";

const greeting = `${JSON.stringify({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 0 }, package: "" }, capabilities: [] } })}\r\n`;

interface Request {
  readonly execute: string;
  readonly id: number;
  readonly arguments?: unknown;
}

/** Answers the negotiation and leaves all other commands to `react`. */
function qemu(react: (request: Request, reply: (message: object) => void, socket: Socket) => void): Script {
  return (line, socket) => {
    const request = JSON.parse(line) as Request;
    const reply = (message: object) => socket.write(`${JSON.stringify(message)}\r\n`);
    if (request.execute === "qmp_capabilities") reply({ return: {}, id: request.id });
    else react(request, reply, socket);
  };
}

test("negotiates and returns a command's result", async () => {
  await using server = await scriptedServer(
    greeting,
    qemu(({ id, execute }, reply) => reply({ id, return: { status: "running", running: true, execute } })),
  );
  const client = await connectQmp({ path: server.path });
  expect(await client.execute("query-status")).toMatchObject({ status: "running", execute: "query-status" });
  client.close();
});

test("sends parameters and tells answers apart by id", async () => {
  const seen: Request[] = [];
  await using server = await scriptedServer(
    greeting,
    qemu((request, reply) => {
      seen.push(request);
      if (seen.length === 2) for (const { id } of seen.toReversed()) reply({ id, return: { of: id } });
    }),
  );
  const client = await connectQmp({ path: server.path });
  const [first, second] = await Promise.all([
    client.execute("screendump", { filename: "a.png", format: "png" }),
    client.execute("stop"),
  ]);
  expect(seen[0]?.arguments).toEqual({ filename: "a.png", format: "png" });
  expect(first).toEqual({ of: seen[0]?.id });
  expect(second).toEqual({ of: seen[1]?.id });
  client.close();
});

test("an error answer is a QmpError with class and description", async () => {
  await using server = await scriptedServer(
    greeting,
    qemu(({ id }, reply) => reply({ id, error: { class: "GenericError", desc: "no such thing" } })),
  );
  const client = await connectQmp({ path: server.path });
  const error = await client.execute("cont").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(QmpError);
  expect(error).toMatchObject({ errorClass: "GenericError", description: "no such thing", command: "cont" });
  client.close();
});

test("events are emitted, also between a command and its answer, and messages may be cut anywhere", async () => {
  const event = JSON.stringify({ event: "STOP", data: {}, timestamp: { seconds: 10, microseconds: 500_000 } });
  await using server = await scriptedServer(
    greeting,
    qemu(({ id }, _reply, socket) => {
      socket.write(event.slice(0, 7));
      setImmediate(() => socket.write(`${event.slice(7)}\r\n\r\n${JSON.stringify({ id, return: {} })}\n`));
    }),
  );
  const client = await connectQmp({ path: server.path });
  const seen = once(client, "event");
  await client.execute("stop");
  expect(await seen).toEqual([{ name: "STOP", data: {}, at: new Date(10_500) }]);
  client.close();
});

test("a command without an answer times out and the connection stays usable", async () => {
  await using server = await scriptedServer(
    greeting,
    qemu(({ id, execute }, reply) => execute === "cont" && reply({ id, return: {} })),
  );
  const client = await connectQmp({ path: server.path });
  await expect(client.executeWithin(30, "stop")).rejects.toThrow(QmpTimeoutError);
  expect(await client.execute("cont")).toEqual({});
  client.close();
});

test("when QEMU goes, commands under way and later ones fail, and close is emitted once", async () => {
  await using server = await scriptedServer(
    greeting,
    qemu((_request, _reply, socket) => socket.destroy()),
  );
  const client = await connectQmp({ path: server.path });
  const closed = once(client, "close");
  await expect(client.execute("quit")).rejects.toThrow(QmpClosedError);
  await closed;
  expect(client.closed).toBe(true);
  await expect(client.execute("query-status")).rejects.toThrow(QmpClosedError);
});

test.each([
  ["no JSON", "hello\n"],
  ["no object", "[1]\n"],
  ["a line without end", "x".repeat(4096)],
])("hostile input ends the connection: %s", async (_name, bytes) => {
  await using server = await scriptedServer(
    greeting,
    qemu((_request, _reply, socket) => socket.write(bytes)),
  );
  const client = await connectQmp({ path: server.path, messageLimit: 1024 });
  await expect(client.execute("stop")).rejects.toThrow(/no QMP/);
  expect(client.closed).toBe(true);
});

test("a silent peer, a missing socket and an aborted signal fail in time", async () => {
  await using server = await scriptedServer("", () => undefined);
  await expect(connectQmp({ path: server.path, timeout: 30 })).rejects.toThrow(QmpTimeoutError);
  await expect(connectQmp({ path: `${server.path}.missing` })).rejects.toThrow(/ENOENT/);
  await expect(connectQmp({ path: server.path, signal: AbortSignal.timeout(30) })).rejects.toThrow(QmpClosedError);
});

test("a command takes a descriptor with it by the means that the caller has", async () => {
  await using server = await scriptedServer(
    greeting,
    qemu(({ id }, reply) => reply({ return: {}, id })),
  );
  const sent: number[] = [];
  const client = await connectQmp({
    path: server.path,
    sendDescriptor: (socket, bytes, descriptor) => {
      sent.push(descriptor, socket.writableLength);
      socket.write(bytes);
    },
  });
  await client.executeWithDescriptor(7, "getfd", { fdname: "tap" });
  expect(sent).toEqual([7, 0]);
  const without = await connectQmp({ path: server.path });
  await expect(without.executeWithDescriptor(7, "getfd", { fdname: "tap" })).rejects.toThrow("descriptors");
  for (const each of [client, without]) each.close();
});
