/** On a real tree and a real chain of disks; what is packed is read by the reader of images. Needs root. */
import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ImageCompression } from "@lodge/api";
import type { PreparedRoot, StagedImage } from "@lodge/core";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImageFormat } from "../format/format.ts";
import { createImagePacker } from "./packer.ts";

const execute = promisify(execFile);
const log = pino({ level: "silent" });
const packer = createImagePacker({ log });
const format = createImageFormat({ log, architecture: "x86_64", now: () => new Date() });
const never = new AbortController().signal;
const metadata = { architecture: "x86_64", creationDate: 1, properties: { os: "Test" } };
const uid = 1_065_536;
let directory = "";
const at = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-pack-"));
  // As a pool's: others may pass.
  await chmod(directory, 0o711);
  await mkdir(at("tree/etc"), { recursive: true });
  await writeFile(at("tree/etc/owned"), "owned\n", { mode: 0o640 });
  await chown(at("tree/etc/owned"), 33, 44);
  await execute("qemu-img", ["create", "-q", "-f", "qcow2", at("base.qcow2"), "64M"]);
  await execute("qemu-io", ["-f", "qcow2", "-c", "write -P 7 1M 1M", at("base.qcow2")]);
  await execute("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", at("top.qcow2")]);
  await execute("qemu-io", ["-f", "qcow2", "-c", "write -P 9 3M 1M", at("top.qcow2")]);
  await chown(at("top.qcow2"), uid, uid);
  await chmod(at("top.qcow2"), 0o600);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function pack(root: PreparedRoot, signal = never, compression?: ImageCompression) {
  const target = await mkdtemp(at("packed-"));
  const progress: number[] = [];
  const request = { root, uid, metadata, directory: target, ...(compression && { compression }) };
  const image = await packer.pack(request, (percent) => progress.push(percent), signal);
  return { image, progress };
}

/** What the daemon makes of it when it is imported elsewhere. */
async function importAgain({ metadataFile, rootfsFile }: StagedImage) {
  const upload = { rootfs: rootfsFile, ...(metadataFile && { metadata: metadataFile }) };
  return format.accept({ ...upload, directory, format: "auto", filename: "", properties: {} }, () => {}, never);
}

const disk = () => ({ kind: "disk", path: at("top.qcow2"), format: "qcow2", overlays: 1, state: "" }) as const;

describe("an image of an instance", () => {
  it.each(["none", "gzip", "lz4", "lzo", "xz", "zstd"] as const)("is readable, compressed by %s", async (algorithm) => {
    const { image } = await pack({ kind: "directory", path: at("tree") }, never, algorithm);
    expect(await importAgain(image)).toEqual(image);
  });

  it.each([
    ["none", undefined],
    ["gzip", "zlib"],
    ["zstd", "zstd"],
  ] as const)("has a disk that is readable, compressed by %s", async (algorithm, type) => {
    const { image } = await pack(disk(), never, algorithm);
    expect(await importAgain(image)).toEqual(image);
    const { stdout } = await execute("qemu-img", ["info", "--output=json", image.rootfsFile]);
    if (type) expect(JSON.parse(stdout)["format-specific"].data["compression-type"]).toBe(type);
  });

  it("has a container's files with the owners that the guest sees", async () => {
    const { image, progress } = await pack({ kind: "directory", path: at("tree") });
    expect(await importAgain(image)).toEqual(image);
    const { stdout } = await execute("unsquashfs", ["-lln", image.rootfsFile]);
    expect(stdout).toMatch(/-rw-r----- 33\/44 +6 .*etc\/owned/);
    expect(progress.at(-1)).toBe(100);
  });

  it("has a VM's disk alone, with all that it stood on", async () => {
    const { image, progress } = await pack(disk());
    expect(await importAgain(image)).toEqual(image);
    const compare = ["compare", "-f", "qcow2", "-F", "qcow2", at("top.qcow2"), image.rootfsFile];
    expect((await execute("qemu-img", compare)).stdout).toContain("identical");
    expect((await stat(image.rootfsFile)).uid).toBe(0);
    expect(progress.at(-1)).toBe(100);
  });

  it("reads no file that the VM's own user cannot read", async () => {
    await writeFile(at("secret"), "secret".repeat(1000), { mode: 0o600 });
    const rebase = ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", at("secret"), at("top.qcow2")];
    const before = await readFile(at("top.qcow2"));
    await execute("qemu-img", rebase);
    await expect(pack(disk())).rejects.toMatchObject({ code: "pool_failed", message: /Permission denied/ });
    await writeFile(at("top.qcow2"), before);
  });

  it("is given up when that is asked for", async () => {
    for (const root of [disk(), { kind: "directory", path: at("tree") }] as const)
      await expect(pack(root, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });
});
