import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";
import { openUpload } from "./upload.ts";

let directory: string;
const at = (name: string) => join(directory, name);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-upload-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const medium = Buffer.concat([Buffer.alloc(0x8001), Buffer.from("CD001")]);

describe("openUpload", () => {
  it.each([
    ["QFI\xfb", "disk"],
    ["KDMV", "disk"],
    ["vhdxfile", "disk"],
    ["hsqs", "squashfs"],
    ["\xfd7zXZ", "archive"],
    ["", "archive"],
  ] as const)("of %j is a %s", async (content, kind) => {
    await writeFile(at("file"), content, "latin1");
    const upload = await openUpload(at("file"), "auto");
    expect(upload).toMatchObject({ kind, filename: "file", size: Buffer.byteLength(content, "latin1") });
    expect(await text(upload.content.setEncoding("latin1"))).toBe(content);
  });

  it("refuses an ISO before it is sent, unless it is said to be a disk", async () => {
    await writeFile(at("x.iso"), medium);
    const refused = {
      code: "image_invalid",
      message: expect.stringContaining(`lodge launch ${at("x.iso")} NAME --vm`),
    };
    await expect(openUpload(at("x.iso"), "auto")).rejects.toMatchObject(refused);
    const { content } = await openUpload(at("x.iso"), "raw");
    content.destroy();
  });

  it("says which file is not there", async () => {
    await expect(openUpload(at("gone"), "auto")).rejects.toMatchObject({ code: "file_not_found" });
  });
});

test("image import sends one file with what is known of it", async () => {
  const daemon = await FakeDaemon.start([]);
  try {
    await writeFile(at("disk.vmdk"), "KDMV…");
    await utimes(at("disk.vmdk"), 1_700_000_000, 1_700_000_000);
    let seen = {};
    daemon.server.on("POST", /^\/1\.0\/images$/, ({ headers, body }) => {
      seen = { headers, body: String(body) };
      return daemon.operations.start("Importing image", "", async () => ({ fingerprint: "a".repeat(64) }));
    });
    const words = ["image", "import", at("disk.vmdk"), "--alias", "server", "--property", "os=Other"];
    const result = await runCli(words, { socket: daemon.socket });
    expect(result).toMatchObject({ status: 0, stdout: "Imported aaaaaaaaaaaa\n" });
    expect(seen).toMatchObject({
      body: "KDMV…",
      headers: {
        "content-type": "application/octet-stream",
        "x-lxd-filename": "disk.vmdk",
        "x-lxd-properties": "os=Other",
        "x-lxd-aliases": "alias=server",
        "x-lodge-format": "auto",
        "x-lodge-created": "1700000000",
      },
    });
  } finally {
    await daemon.stop();
  }
});

test("publish names an instance or a snapshot", async () => {
  const daemon = await FakeDaemon.start([{ name: "web" }]);
  try {
    const seen: unknown[] = [];
    daemon.server.on("POST", /^\/1\.0\/images$/, ({ body }) => {
      seen.push(JSON.parse(String(body)));
      return daemon.operations.start("Publishing instance", "web", async () => ({ fingerprint: "b".repeat(64) }));
    });
    const run = (...words: string[]) => runCli(["publish", ...words], { socket: daemon.socket });
    expect(await run("web/monday", "--alias", "golden", "os=Mine")).toMatchObject({ status: 0 });
    expect(await run("web", "--force", "--public")).toMatchObject({ status: 0 });
    expect(seen).toMatchObject([
      { source: { type: "snapshot", name: "web/monday" }, aliases: [{ name: "golden" }], properties: { os: "Mine" } },
      { source: { type: "instance", name: "web" }, public: true },
    ]);
    expect(daemon.instances.get("web")?.status).toBe("Running");
    expect(daemon.server.seen.filter((line) => line.startsWith("PUT"))).toHaveLength(2);
  } finally {
    await daemon.stop();
  }
});
