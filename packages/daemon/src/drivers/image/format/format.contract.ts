/** On real archives and the real tools that read them. Needs root, to become nobody. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { pino } from "pino";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImageFormat } from "./format.ts";

const execute = promisify(execFile);
const log = pino({ level: "silent" });
const format = createImageFormat({ log, architecture: "x86_64", now: () => new Date() });
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: "image_invalid", message: expect.stringMatching(message) });
let directory = "";
const at = (name: string) => join(directory, name);
const inspect = (files: { metadata?: string; rootfs: string }) => {
  const upload = { ...files, directory, format: "auto", filename: "", properties: {} } as const;
  return format.accept(upload, () => {}, new AbortController().signal);
};

type TarHeader = Partial<Header> & { readonly name: string };

async function tar(...entries: ReadonlyArray<TarHeader & { content?: string }>): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? "");
  archive.finalize();
  return buffer(archive);
}

const metadataEntry = {
  name: "metadata.yaml",
  content: "architecture: x86_64\ncreation_date: 1\nproperties: {os: Test}\n",
};
const rootEntries = [
  { name: "./", type: "directory" as const },
  { name: "./etc/", type: "directory" as const },
  { name: "./etc/passwd", content: "root:x:0:0::/:/bin/sh\n".repeat(500) },
  { name: "./lib", type: "symlink" as const, linkname: "usr/lib" },
  { name: "./dev/null", type: "character-device" as const, devmajor: 1, devminor: 3 },
];

beforeAll(async () => {
  // Where nobody may look: the readers must get by with the open file.
  directory = await mkdtemp(join(tmpdir(), "lodge-format-"));
  await writeFile(at("metadata.tar.gz"), gzipSync(await tar(metadataEntry)), { mode: 0o600 });
  const root = await tar(...rootEntries);
  await writeFile(at("root.tar"), root);
  await writeFile(at("root.tar.gz"), gzipSync(root));
  await writeFile(at("root.tar.zst"), zstdCompressSync(root));
  for (const tool of ["xz", "bzip2"]) {
    await copyFile(at("root.tar"), at(tool));
    await execute(tool, [at(tool), ...(tool === "xz" ? ["--suffix=.made"] : [])]);
  }
  const unified = [
    metadataEntry,
    ...rootEntries.map((entry) => ({ ...entry, name: entry.name.replace("./", "rootfs/") })),
  ];
  await writeFile(at("unified.tar.gz"), gzipSync(await tar(...unified)));
  await mkdir(at("tree/etc"), { recursive: true });
  await writeFile(at("tree/etc/passwd"), "root:x:0:0::/:/bin/sh\n".repeat(500));
  await writeFile(at("tree/noise"), randomBytes(200_000));
  await execute("mksquashfs", [at("tree"), at("root.squashfs"), "-quiet", "-no-progress"]);
  await writeFile(at("disk.raw"), Buffer.alloc(1 << 20, "lodge"));
  await execute("qemu-img", ["convert", "-O", "qcow2", at("disk.raw"), at("disk.qcow2")]);
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

describe("sound images", () => {
  it.each(["root.tar", "root.tar.gz", "root.tar.zst", "xz.made", "bzip2.bz2", "root.squashfs"])(
    "a container with %s",
    async (rootfs) => {
      const image = await inspect({ metadata: at("metadata.tar.gz"), rootfs: at(rootfs) });
      expect(image).toMatchObject({
        type: "container",
        metadata: { architecture: "x86_64", properties: { os: "Test" } },
      });
      const sum = await execute("sh", ["-c", 'cat "$0" "$1" | sha256sum', at("metadata.tar.gz"), at(rootfs)]);
      expect(image.fingerprint).toBe(sum.stdout.slice(0, 64));
    },
  );
  it("a container in one archive", async () => {
    expect(await inspect({ rootfs: at("unified.tar.gz") })).toMatchObject({ type: "container" });
  });
  it("a virtual machine", async () => {
    const image = await inspect({ metadata: at("metadata.tar.gz"), rootfs: at("disk.qcow2") });
    expect(image.type).toBe("virtual-machine");
  });
});

describe("refused images", () => {
  const refused = async (rootfs: string, message: RegExp, metadata = "metadata.tar.gz") => {
    await expect(inspect({ metadata: at(metadata), rootfs: at(rootfs) })).rejects.toEqual(invalid(message));
  };
  it.each<[string, TarHeader, RegExp]>([
    ["absolute", { name: "/etc/cron.d/x" }, /absolute/],
    ["upward", { name: "../../etc/cron.d/x" }, /leads out/],
    ["link upward", { name: "x", type: "link", linkname: "../../etc/shadow" }, /leads out/],
    ["below a link", { name: "lib/x" }, /below a symbolic link/],
    ["disk", { name: "dev/sda", type: "block-device", devmajor: 8, devminor: 0 }, /block device/],
  ])("%s", async (name, entry, message) => {
    await writeFile(at(`${name}.tar`), await tar(...rootEntries, entry));
    await refused(`${name}.tar`, message);
  });
  it("cut between two entries", async () => {
    const archive = await readFile(at("root.tar"));
    await writeFile(at("cut.tar"), archive.subarray(0, archive.length - 1024));
    await refused("cut.tar", /ends early/);
  });
  it("of a wrong kind", async () => {
    await writeFile(at("picture"), Buffer.from("89504e470d0a1a0a", "hex"));
    await refused("picture", /nothing in it tells what it is.*--format raw/);
    await refused("root.squashfs", /no tar archive/, "root.squashfs");
    await refused("root.squashfs", /no metadata.yaml/, "root.tar");
    await expect(inspect({ rootfs: at("metadata.tar.gz") })).rejects.toEqual(invalid(/no rootfs/));
  });
  it("a bomb of what follows the last entry", async () => {
    const zeros = zstdCompressSync(Buffer.alloc(256 << 20));
    await writeFile(
      at("bomb.tar.zst"),
      Buffer.concat([zstdCompressSync(await tar(...rootEntries)), ...Array(6).fill(zeros)]),
    );
    await refused("bomb.tar.zst", /far more/);
  });
  it("an entry of an absurd size", async () => {
    const archive = Buffer.from(await tar(...rootEntries, { name: "large", content: "x" }));
    const header = archive.lastIndexOf("large");
    archive.write("77777777777\0", header + 124, "latin1");
    const sum = archive
      .subarray(header, header + 512)
      .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, header + 148, "latin1");
    await writeFile(at("large.tar"), archive);
    await refused("large.tar", /far more/);
  });
  it("a disk that needs another file", async () => {
    await execute("qemu-img", ["create", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", at("backed.qcow2"), "1M"]);
    await refused("backed.qcow2", /backing file/);
    await execute("qemu-img", [
      "create",
      "-f",
      "qcow2",
      "-o",
      `data_file=${at("data")},data_file_raw=on`,
      at("apart.qcow2"),
      "1M",
    ]);
    await refused("apart.qcow2", /another file/);
  });
  it.each(["root.tar.gz", "root.tar.zst", "xz.made", "bzip2.bz2", "root.squashfs", "disk.qcow2"])(
    "a cut %s",
    async (name) => {
      await copyFile(at(name), at("short"));
      const { length } = await readFile(at("short"));
      await truncate(at("short"), Math.floor(length * 0.6));
      await refused("short", /./);
    },
  );
});

describe("damaged images", () => {
  it.each(["root.tar", "root.tar.gz", "root.squashfs", "disk.qcow2", "unified.tar.gz"])(
    "%s is refused or still sound, nothing else",
    async (name) => {
      const sound = await readFile(at(name));
      const damage = fc.array(fc.record({ where: fc.nat(sound.length - 1), byte: fc.nat(255) }), {
        minLength: 1,
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(damage, async (changes) => {
          const bytes = Buffer.from(sound);
          for (const { where, byte } of changes) bytes[where] = byte;
          await writeFile(at("damaged"), bytes);
          const files = {
            rootfs: at("damaged"),
            ...(name !== "unified.tar.gz" && { metadata: at("metadata.tar.gz") }),
          };
          const result = await inspect(files).catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toEqual(invalid(/./));
          else expect(result).toMatchObject({ fingerprint: expect.any(String) });
        }),
        { numRuns: 25 },
      );
    },
  );
});
