import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLxdReceiver } from "./lxd-receiver.ts";

let directory: string;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-receiver-"));
  await writeFile(join(directory, "rootfs"), "the files");
  server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

const fingerprint = createHash("sha256").update("the files").digest("hex");
const id = "11111111-2222-4333-8444-555555555555";

async function push(signal = new AbortController().signal) {
  const { port } = server.address() as AddressInfo;
  const to = { server: `http://127.0.0.1:${port}`, secret: "known", project: "blue", profiles: ["a b"] };
  const image = { fingerprint, type: "container" as const, filename: "mine.tar", rootfs: join(directory, "rootfs") };
  const sent: number[] = [];
  const receiver = createLxdReceiver({ parseServer: async (text) => new URL(text) });
  await receiver.send(to, image, (_file, bytes, size) => void sent.push(bytes, size), signal);
  return sent;
}
const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const failed = (why: string | RegExp) =>
  expect.objectContaining({ code: "image_push_failed", message: expect.stringMatching(why) });

it("sends the files with what the other server expects, and waits for its word", async () => {
  const asked: unknown[] = [];
  answer = async (request, response) => {
    const { "x-lxd-secret": secret, "x-incus-fingerprint": hash, "x-lxd-profiles": profiles } = request.headers;
    asked.push([request.method, request.url, secret, hash, profiles, (await buffer(request)).toString()]);
    const begun = request.method === "POST";
    json(response, begun ? 202 : 200, {
      metadata: begun ? { id, metadata: { secret: "follow" } } : { status_code: 200, err: "" },
    });
  };
  expect(await push()).toEqual([9, 9]);
  expect(asked).toEqual([
    ["POST", "/1.0/images?project=blue", "known", fingerprint, "profile=a%20b", "the files"],
    ["GET", `/1.0/operations/${id}/wait?timeout=-1&secret=follow&project=blue`, undefined, undefined, undefined, ""],
  ]);
});

it("says in the other server's words why it did not keep them", async () => {
  answer = (_request, response) => json(response, 403, { type: "error", error: "not authorized" });
  await expect(push()).rejects.toEqual(failed(/^The image could not be sent to http:.*: not authorized\.$/));
  answer = (request, response) =>
    request.method === "POST"
      ? json(response, 202, { metadata: { id, metadata: null } })
      : json(response, 200, { metadata: { status_code: 400, err: "Image is there." } });
  await expect(push()).rejects.toEqual(failed(/: Image is there\.$/));
  answer = (_request, response) => json(response, 200, { metadata: { id: "../x" } });
  await expect(push()).rejects.toEqual(failed("it answers 200 and not as LXD does"));
  answer = (_request, response) => void response.writeHead(502).end("<html>");
  await expect(push()).rejects.toEqual(failed("it answers 502"));
  answer = (_request, response) => void response.destroy();
  await expect(push()).rejects.toEqual(failed("it closed the connection"));
});

it("ends when it is cancelled", async () => {
  const abort = new AbortController();
  answer = () => abort.abort(new Error("enough"));
  await expect(push(abort.signal)).rejects.toThrow("enough");
});
