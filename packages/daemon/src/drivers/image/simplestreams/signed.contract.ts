/** With real keys and the real gpgv. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import { createSimplestreams } from "./simplestreams.ts";

let directory: string;
const at = (name: string) => join(directory, name);
const served = new Map<string, string>();
const server = createServer((request, response) => {
  const text = served.get(request.url ?? "");
  response.writeHead(text === undefined ? 404 : 200).end(text);
});
let base: string;
let keyring: string;

const gpg = (...args: string[]) =>
  run("gpg", [
    "--homedir",
    at("home"),
    "--batch",
    "--quiet",
    "--passphrase",
    "",
    "--pinentry-mode",
    "loopback",
    ...args,
  ]);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-keys-"));
  await mkdir(at("home"), { mode: 0o700 });
  await mkdir(at("keyrings"));
  for (const name of ["mirror", "stranger"]) await gpg("--quick-generate-key", name, "ed25519", "sign", "never");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  keyring = at(`keyrings/127.0.0.1_${port}.gpg`);
});
afterAll(async () => {
  server.close();
  await run("gpgconf", ["--homedir", at("home"), "--kill", "all"]);
  await rm(directory, { recursive: true, force: true });
});

async function sign(text: string, by: string): Promise<string> {
  await writeFile(at("text"), text);
  await gpg("--yes", "--local-user", by, "--output", at("signed"), "--clearsign", at("text"));
  return run("cat", [at("signed")]);
}

const index = JSON.stringify({ index: { images: { datatype: "image-downloads", path: "streams/v1/images.json" } } });
const hash = "a".repeat(64);
const file = { ftype: "lxd.tar.xz", path: "meta", sha256: hash, size: 1, combined_squashfs_sha256: "b".repeat(64) };
const items = { meta: file, root: { ftype: "squashfs", path: "root", sha256: hash, size: 1 } };
const products = JSON.stringify({
  products: { a: { aliases: "one", arch: "amd64", os: "A", release: "1", versions: { "20240102_03:04": { items } } } },
});

function list() {
  const streams = createSimplestreams({
    parseServer: async (text) => new URL(text),
    wait: async () => undefined,
    keyrings: at("keyrings"),
  });
  return streams.list({ server: base }, new AbortController().signal).then((images) => images.length);
}

it("are not asked for where nobody gave a key", async () => {
  served.set("/streams/v1/index.json", index).set("/streams/v1/images.json", products);
  expect(await list()).toBe(1);
});

it("are believed by the key that was given, and no unsigned ones beside them", async () => {
  await gpg("--output", keyring, "--export", "mirror");
  await expect(list()).rejects.toThrow("it answers 404 for /streams/v1/index.sjson");
  served.set("/streams/v1/index.sjson", await sign(index, "mirror"));
  await expect(list()).rejects.toThrow("it answers 404 for /streams/v1/images.sjson");
  served.set("/streams/v1/images.sjson", await sign(products, "mirror"));
  expect(await list()).toBe(1);
});

it.each<[string, () => Promise<string> | string]>([
  ["of others", () => sign(products, "stranger")],
  ["that were changed", async () => (await sign(products, "mirror")).replace('"one"', '"two"')],
  ["of nobody", () => products],
  ["of nothing", () => ""],
])("are refused: those %s", async (_what, text) => {
  served.set("/streams/v1/images.sjson", await text());
  await expect(list()).rejects.toMatchObject({ code: "image_server_invalid" });
});

it("count for what was signed, and not for what stands around it", async () => {
  const signed = await sign(JSON.stringify({ products: {} }), "mirror");
  served.set("/streams/v1/images.sjson", `${products}\n${signed}\n${products}`);
  expect(await list().catch(() => "refused")).not.toBe(1);
});
