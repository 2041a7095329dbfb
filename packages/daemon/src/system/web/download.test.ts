import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask } from "./ask.ts";
import { download } from "./download.ts";
import { readText } from "./read-text.ts";

const content = Buffer.alloc(300_000, "what is fetched ");
const sha256 = createHash("sha256").update(content).digest("hex");

let directory: string;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  answer(request, response);
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-web-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  asked = [];
});

let files = 0;
const { signal } = new AbortController();

function get(changes: Partial<Parameters<typeof download>[0]> = {}) {
  const path = join(directory, String(files++));
  const file = {
    url: new URL(`${base}/file`),
    path,
    size: content.length,
    sha256,
    received: () => {},
    signal,
    ...changes,
  };
  const done = download(file, { wait: async () => undefined, pace: { window: 100, least: 1 } });
  return done.then(() => readFile(path));
}

/** As much as was asked for, and at most so much of it. */
function serve(request: IncomingMessage, response: ServerResponse, most = content.length) {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const headers = {
    "content-length": content.length - from,
    "content-range": `bytes ${from}-${content.length - 1}/${content.length}`,
  };
  response.writeHead(from > 0 ? 206 : 200, headers);
  const piece = content.subarray(from, from + most);
  if (from + most >= content.length) response.end(piece);
  else response.write(piece, () => setImmediate(() => response.destroy()));
}

describe("a download", () => {
  it("is what it was to be", async () => {
    answer = serve;
    expect((await get()).equals(content)).toBe(true);
  });

  it("goes on where it broke off", async () => {
    answer = (request, response) => serve(request, response, 100_000);
    expect((await get()).equals(content)).toBe(true);
    expect(asked.map(({ headers }) => headers.range ?? "").filter((range) => range !== "").length).toBeGreaterThan(0);
  });

  it("begins anew where the server cannot go on", async () => {
    answer = (_request, response) => {
      if (asked.length === 1) return serve(asked[0] as IncomingMessage, response, 100_000);
      response.writeHead(200).end(content);
    };
    expect((await get()).equals(content)).toBe(true);
  });

  it("is given up when nothing comes any more", async () => {
    answer = (request, response) => (asked.length === 1 ? serve(request, response, 1000) : response.destroy());
    await expect(get()).rejects.toMatchObject({ code: "image_server_unreachable" });
    expect(asked.length).toBeLessThan(10);
  });

  it("does not wait for a server that drips", async () => {
    answer = (_request, response) => response.writeHead(200).flushHeaders();
    await expect(get()).rejects.toMatchObject({ code: "image_server_unreachable" });
  });

  it.each([
    ["longer", Buffer.concat([content, Buffer.from("x")])],
    ["endless", Buffer.alloc(10 * content.length)],
    ["other", Buffer.alloc(content.length, "x")],
  ])("that is %s is refused", async (_what, body) => {
    answer = (_request, response) => void response.writeHead(200).end(body);
    await expect(get()).rejects.toMatchObject({ code: "image_server_invalid" });
  });

  it("ends with its signal", async () => {
    const abort = new AbortController();
    answer = (_request, response) => {
      response.writeHead(200).write(content.subarray(0, 1000));
      abort.abort(new Error("enough"));
    };
    await expect(get({ signal: abort.signal })).rejects.toThrow("enough");
  });

  it.each([404, 403, 500])("of status %i is none", async (status) => {
    answer = (_request, response) => void response.writeHead(status).end();
    await expect(get()).rejects.toThrow(`it answers ${status}`);
  });
});

describe("a redirect", () => {
  it("is followed on the same server", async () => {
    answer = (request, response) =>
      request.url === "/file" ? void response.writeHead(302, { location: "/there" }).end() : serve(request, response);
    expect((await get()).equals(content)).toBe(true);
  });

  it.each([
    ["https://127.0.0.1:1/", "into this host's networks"],
    ["https://[::ffff:127.0.0.1]/", "into this host's networks"],
    ["https://169.254.169.254/latest", "into this host's networks"],
    ["https://localhost:1/", "into this host's networks"],
    ["http://elsewhere.example.com/", "without encryption"],
    ["file:///etc/passwd", "it redirects"],
  ])("to %s is not followed", async (location, why) => {
    answer = (_request, response) => void response.writeHead(302, { location }).end();
    await expect(get()).rejects.toThrow(why);
  });

  it("ends", async () => {
    answer = (_request, response) => void response.writeHead(301, { location: "/again" }).end();
    await expect(get()).rejects.toThrow("without end");
  });
});

describe("a text", () => {
  it("is read once while it stays the same", async () => {
    answer = (request, response) =>
      request.headers["if-none-match"] === '"1"'
        ? void response.writeHead(304).end()
        : void response.writeHead(200, { etag: '"1"' }).end("{}");
    const request = { url: new URL(base), signal };
    const first = await readText(request, 100);
    expect(first?.text).toBe("{}");
    expect(await readText(request, 100, first?.validators)).toBeUndefined();
  });

  it("has an end", async () => {
    answer = (_request, response) => void response.writeHead(200).end("x".repeat(101));
    await expect(readText({ url: new URL(base), signal }, 100)).rejects.toMatchObject({ code: "image_server_invalid" });
  });
});

it("asks for nothing compressed", async () => {
  answer = (_request, response) => void response.writeHead(200).end();
  (await ask({ url: new URL(base), signal })).body.destroy();
  expect(asked[0]?.headers["accept-encoding"]).toBe("identity");
});
