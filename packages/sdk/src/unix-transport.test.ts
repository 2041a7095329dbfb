import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UnixTransport } from "./unix-transport.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-transport-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A server that cuts a connection off when a request comes over it that is not its first: what a client sees of a close that crossed it. */
async function forgetful() {
  const served: string[] = [];
  const seen = new Set<Socket>();
  const server = createServer((request, response) => {
    if (seen.has(request.socket)) return void request.socket.destroy();
    seen.add(request.socket);
    request.resume().once("end", () => {
      served.push(`${request.method} ${request.url}`);
      response.end("{}");
    });
  });
  const socket = join(directory, "s");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const transport = new UnixTransport(socket);
  const send = async (method: "GET" | "POST", body?: string | Readable) => {
    const answer = await transport.send({ method, path: "/", headers: {}, ...(body !== undefined && { body }) });
    for await (const _ of answer.body);
    // The connection goes back to those that are kept.
    await new Promise(setImmediate);
    return answer.status;
  };
  return { served, send, [Symbol.dispose]: () => (transport.close(), server.closeAllConnections(), server.close()) };
}

test("what is asked over a connection that the daemon has just closed is asked again", async () => {
  using daemon = await forgetful();
  for (const _ of [1, 2, 3]) expect(await daemon.send("GET")).toBe(200);
  expect(daemon.served).toHaveLength(3);
});

test("what may have been done is not done twice, and streams have a connection of their own", async () => {
  using daemon = await forgetful();
  expect(await daemon.send("GET")).toBe(200);
  expect(await daemon.send("POST", Readable.from(["all"]))).toBe(200);
  await expect(daemon.send("POST", "{}")).rejects.toMatchObject({ code: "daemon_unreachable" });
  expect(daemon.served).toEqual(["GET /", "POST /"]);
});
