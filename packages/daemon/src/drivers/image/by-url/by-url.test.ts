import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createImageUrls } from "./by-url.ts";

const content = Buffer.from("an image");
const fingerprint = createHash("sha256").update(content).digest("hex");
const { signal } = new AbortController();

let directory: string;
let base: string;
let said: Record<string, string>;
let asked: IncomingMessage[];
const server = createServer((request, response) => {
  asked.push(request);
  const isFile = request.url === "/files/mine.tar.xz";
  const headers = isFile ? { "content-length": content.length } : said;
  response.writeHead(isFile || request.url === "/mine" ? 200 : 404, headers);
  response.end(isFile && request.method === "GET" ? content : undefined);
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-by-url-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  said = { "LXD-Image-Hash": fingerprint, "LXD-Image-URL": "/files/mine.tar.xz" };
  asked = [];
});

const urls = createImageUrls({ parseUrl: async (url) => new URL(url), wait: async () => undefined });
const find = () => urls.find(`${base}/mine`, "x86_64", signal);

describe("an image by its URL", () => {
  it("is the file that the answer's headers name", async () => {
    const image = await find();
    expect(image).toMatchObject({ fingerprint, size: content.length, filename: "mine.tar.xz" });
    expect(asked[0]).toMatchObject({ method: "HEAD", headers: { "lxd-server-architectures": "x86_64" } });
    const { rootfs } = await urls.fetch({ server: `${base}/mine` }, image, directory, () => undefined, signal);
    expect(await readFile(rootfs)).toEqual(content);
  });

  it("may be named as Incus does", async () => {
    said = { "Incus-Image-Hash": fingerprint, "Incus-Image-URL": `${base}/files/mine.tar.xz` };
    expect((await find()).fingerprint).toBe(fingerprint);
  });

  it.each([
    ["without a hash", { "LXD-Image-URL": "/files/mine.tar.xz" }, "image_server_invalid"],
    ["with half a hash", { "LXD-Image-Hash": "abcd" }, "image_server_invalid"],
    ["where nothing is", { "LXD-Image-URL": "/files/none" }, "image_server_unreachable"],
    ["elsewhere without encryption", { "LXD-Image-URL": "http://192.0.2.1/x" }, "image_server_unreachable"],
    ["in this host's networks", { "LXD-Image-URL": "https://127.0.0.2:1/x" }, "image_server_unreachable"],
  ])("is refused %s", async (what, change, code) => {
    said = what === "without a hash" ? change : { ...said, ...change };
    await expect(find()).rejects.toMatchObject({ code });
  });

  it("is refused when another is named meanwhile", async () => {
    const image = await find();
    said = { ...said, "LXD-Image-Hash": "a".repeat(64) };
    const fetched = urls.fetch({ server: `${base}/mine` }, image, join(directory, "none"), () => undefined, signal);
    await expect(fetched).rejects.toMatchObject({ code: "image_server_invalid" });
  });
});
