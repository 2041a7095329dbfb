/** What becomes an image without metadata: on files that qemu-img and tar make, and on traps. Needs root, to become nobody. */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { ImageFormatName } from "@lodge/api";
import type { ImageUpload } from "@lodge/core";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImageFormat } from "./format.ts";
import { parseMetadata } from "./metadata.ts";

const execute = promisify(execFile);
const created = new Date("2026-01-02T03:04:05Z");
const format = createImageFormat({ log: pino({ level: "silent" }), architecture: "x86_64", now: () => new Date() });
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: "image_invalid", message: expect.stringMatching(message) });
let directory = "";
const at = (name: string) => join(directory, name);
const qemuImg = (...args: string[]) => execute("qemu-img", args);

/** As the daemon receives it: a copy in a folder of its own. */
async function accept(name: string, said: Partial<ImageUpload> = {}) {
  const staging = await mkdtemp(at("staging-"));
  const rootfs = join(staging, "rootfs");
  await copyFile(at(name), rootfs);
  const progress: number[] = [];
  const upload = {
    rootfs,
    directory: staging,
    format: "auto",
    filename: name,
    properties: {},
    created,
    ...said,
  } as const;
  const image = await format.accept(upload, (_, percent) => progress.push(percent ?? -1), new AbortController().signal);
  return { ...image, progress, staging };
}
const refused = async (name: string, message: RegExp, said: Partial<ImageUpload> = {}) =>
  expect(accept(name, said)).rejects.toEqual(invalid(message));

/** The disk as a guest reads it. */
async function content(qcow2: string): Promise<string> {
  await qemuImg("convert", "-f", "qcow2", "-O", "raw", qcow2, at("content.raw"));
  return createHash("sha256")
    .update(await readFile(at("content.raw")))
    .digest("hex");
}

const formats = ["raw", "qcow2", "vmdk", "vhdx", "vdi"] as const;
const size = 8 << 20;
let sum = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-bare-"));
  const bytes = Buffer.alloc(size);
  randomBytes(1 << 20).copy(bytes, 1 << 20);
  bytes.write("code", 0);
  await writeFile(at("disk.raw"), bytes);
  await writeFile(at("table"), "label: dos\nstart=2048, type=83\n");
  await execute("sh", ["-c", 'sfdisk --quiet "$0" < "$1"', at("disk.raw"), at("table")]);
  sum = createHash("sha256")
    .update(await readFile(at("disk.raw")))
    .digest("hex");
  for (const name of formats.slice(1))
    await qemuImg("convert", "-f", "raw", "-O", name, at("disk.raw"), at(`disk.${name}`));
  await mkdir(at("tree/usr/bin"), { recursive: true });
  await copyFile("/bin/true", at("tree/usr/bin/true"));
  await writeFile(at("tree/usr/bin/script"), "#!/bin/sh\n");
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

describe("a bare disk", () => {
  it.each(formats)("%s becomes a virtual machine's image with the same content", async (name) => {
    const image = await accept(`disk.${name}`);
    expect(image).toMatchObject({
      type: "virtual-machine",
      metadata: { architecture: "x86_64", creationDate: 1_767_323_045, properties: { description: "disk" } },
    });
    expect(await content(image.rootfsFile)).toBe(sum);
    expect((await readdir(image.staging)).length).toBe(2);
    expect(image.progress.at(-1)).toBe(name === "qcow2" ? undefined : 100);
    expect(await stat(image.rootfsFile)).toMatchObject({ uid: 0, mode: 0o100644 });
  });

  it.each(["vmdk", "qcow2"])("%s is the same image every time", async (name) => {
    const first = await accept(`disk.${name}`);
    expect((await accept(`disk.${name}`)).fingerprint).toBe(first.fingerprint);
    expect((await accept(`disk.${name}`, { properties: { os: "Other" } })).fingerprint).not.toBe(first.fingerprint);
  });

  it("has metadata that are read back as they were said", async () => {
    const properties = { os: "Plan 9", "requirements.secureboot": "false", architecture: "arm64" };
    const { metadataFile = "", metadata } = await accept("disk.vhdx", { properties });
    const { stdout } = await execute("tar", ["--extract", "--to-stdout", `--file=${metadataFile}`, "metadata.yaml"]);
    expect(parseMetadata(stdout)).toEqual(metadata);
    expect(metadata).toMatchObject({ architecture: "aarch64", properties });
  });

  it("streamOptimized, as VMware exports it, and a qcow2 of the first version", async () => {
    const to = ["convert", "-f", "raw", "-O"];
    await qemuImg(...to, "vmdk", "-o", "subformat=streamOptimized", at("disk.raw"), at("stream.vmdk"));
    await qemuImg(...to, "qcow2", "-o", "compat=0.10", "-c", at("disk.raw"), at("old.qcow2"));
    for (const name of ["stream.vmdk", "old.qcow2"]) expect(await content((await accept(name)).rootfsFile)).toBe(sum);
  });

  it("with older states in it: the present one becomes the image", async () => {
    await copyFile(at("disk.qcow2"), at("snapshots.qcow2"));
    await qemuImg("snapshot", "-c", "before", at("snapshots.qcow2"));
    expect(await content((await accept("snapshots.qcow2")).rootfsFile)).toBe(sum);
  });

  it("without anything that tells what it is needs --format raw", async () => {
    await writeFile(at("plain"), Buffer.alloc(4096, "lodge"));
    await refused("plain", /--format raw/);
    expect(await accept("plain", { format: "raw" })).toMatchObject({ type: "virtual-machine" });
    // And then it is raw, whatever its guest wrote to its beginning.
    await qemuImg("create", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", at("guest.raw"), "1M");
    const { rootfsFile } = await accept("guest.raw", { format: "raw" });
    const { stdout } = await qemuImg("info", "--output=json", rootfsFile);
    expect(JSON.parse(stdout)).not.toHaveProperty("backing-filename");
    expect(JSON.parse(stdout)["virtual-size"]).toBe(Math.ceil((await stat(at("guest.raw"))).size / 512) * 512);
  });

  it("that an ISO is not: it says what to do", async () => {
    const head = Buffer.alloc(40_000);
    head.write("CD001", 0x8001);
    await writeFile(at("x.iso"), head);
    await refused("x.iso", /lodge launch x\.iso NAME --vm/);
  });

  it("in a second file beside its metadata is converted as well", async () => {
    const { metadataFile = "" } = await accept("disk.qcow2");
    await copyFile(metadataFile, at("metadata"));
    const image = await accept("disk.vdi", { metadata: at("metadata") });
    expect(image).toMatchObject({ type: "virtual-machine", metadataFile: at("metadata") });
    expect(await content(image.rootfsFile)).toBe(sum);
  });
});

describe("a disk that would lead to other files", () => {
  const secret = "/etc/passwd";
  it.each<[string, string[], RegExp]>([
    ["backing.qcow2", ["create", "-f", "qcow2", "-F", "raw", "-b", secret], /backing file/],
    ["backing.vmdk", ["create", "-f", "vmdk", "-F", "vmdk", "-b", "BASE"], /needs another file/],
    ["flat.vmdk", ["create", "-f", "vmdk", "-o", "subformat=monolithicFlat"], /qemu-img convert/],
    ["split.vmdk", ["create", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse"], /qemu-img convert/],
  ])("%s is refused", async (name, [command = "", ...options], message) => {
    const base = options.map((option) => (option === "BASE" ? at("disk.vmdk") : option));
    await qemuImg(command, ...base, at(name), "8M");
    await refused(name, message);
    await refused(name, /./, { format: name.split(".")[1] as ImageFormatName });
  });

  it("by a description inside a vmdk is refused", async () => {
    await copyFile(at("disk.vmdk"), at("inside.vmdk"));
    await using file = await open(at("inside.vmdk"), "r+");
    const description = `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8 FLAT "${secret}" 0\n`;
    await file.write(Buffer.from(description.padEnd(20 * 512, "\0")), 0, null, 512);
    await file.write(Buffer.alloc(8), 0, null, 12);
    await refused("inside.vmdk", /empty/);
  });
});

describe("a disk that is damaged or a trap", () => {
  it.each(formats.slice(1))("%s that lacks its end is refused", async (name) => {
    const whole = await readFile(at(`disk.${name}`));
    await writeFile(at("cut"), whole.subarray(0, whole.length - (1 << 19)));
    await refused("cut", /./);
  });

  it("whose one block is there many times is not let write more than its size explains", async () => {
    await qemuImg("create", "-f", "vmdk", at("bomb.vmdk"), "2G");
    await execute("qemu-io", ["-f", "vmdk", "-c", "write -P 7 0 64k", at("bomb.vmdk")]);
    const bytes = await readFile(at("bomb.vmdk"));
    const directoryAt = Number(bytes.readBigUInt64LE(56)) * 512;
    const grain = bytes.readUInt32LE(bytes.readUInt32LE(directoryAt) * 512);
    for (let table = 0; table < 64; table++) {
      const tableAt = bytes.readUInt32LE(directoryAt + table * 4) * 512;
      for (let entry = 0; entry < 512; entry++) bytes.writeUInt32LE(grain, tableAt + entry * 4);
    }
    await writeFile(at("bomb.vmdk"), bytes);
    await refused("bomb.vmdk", /far more/);
  }, 120_000);

  it.each(formats.slice(1))("%s: damaged bytes are refused or harmless, nothing else", async (name) => {
    const sound = await readFile(at(`disk.${name}`));
    const damage = fc.array(fc.record({ where: fc.nat(2048), byte: fc.nat(255) }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const bytes = Buffer.from(sound);
        for (const { where, byte } of changes) bytes[where] = byte;
        await writeFile(at("damaged"), bytes);
        const result = await accept("damaged", { format: name }).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toEqual(invalid(/./));
        else expect(result).toMatchObject({ type: "virtual-machine" });
      }),
      { numRuns: 15 },
    );
  });
});

describe("a root file system without metadata", () => {
  it.each(["tar", "squashfs"])(
    "in a %s becomes a container's image for the processor of its programs",
    async (kind) => {
      const file = at(`root-arm64.${kind}`);
      if (kind === "tar") await execute("tar", ["--create", `--file=${file}`, `--directory=${at("tree")}`, "."]);
      else await execute("mksquashfs", [at("tree"), file, "-quiet", "-no-progress"]);
      for (const said of ["auto", "rootfs"] as const) {
        const image = await accept(`root-arm64.${kind}`, { format: said });
        const { stdout } = await execute("uname", ["-m"]);
        expect(image).toMatchObject({ type: "container", metadata: { architecture: stdout.trim() } });
        expect(image.metadata.properties).toEqual({ description: "root-arm64" });
      }
    },
  );

  it("is refused when its archive holds something else, unless the user insists", async () => {
    await mkdir(at("other"));
    await writeFile(at("other/manifest.json"), "[]");
    await writeFile(at("other/layer.tar"), "");
    await execute("tar", ["--create", "--gzip", `--file=${at("other.tar.gz")}`, `--directory=${at("other")}`, "."]);
    await refused("other.tar.gz", /folders of a root file system/);
    expect(await accept("other.tar.gz", { format: "rootfs" })).toMatchObject({ type: "container" });
    await refused("disk.qcow2", /neither a squashfs nor a tar/, { format: "rootfs" });
  });

  it("a compressed disk is no archive, and is told so", async () => {
    await writeFile(at("disk.raw.gz"), gzipSync(await readFile(at("disk.raw"))));
    await refused("disk.raw.gz", /decompress/);
  });
});
