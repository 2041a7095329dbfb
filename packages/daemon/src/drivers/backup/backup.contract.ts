/** Backups of real trees and disks, read again, damaged, and made to do harm. Needs root. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import type { BackupCompression } from "@lodge/api";
import type { BackupSource, PreparedRoot } from "@lodge/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { grantAccess } from "../../system/access-list.ts";
import {
  archiveEnd,
  directoryHeader,
  encodeHeader,
  fileHeader,
  padding,
  type TarHeader,
} from "../../system/tar/tar-header.ts";
import { createBackupArchives } from "./archives.ts";

const execute = promisify(execFile);
const uid = 1_065_536;
let directory = "";
const at = (name: string) => join(directory, name);
const tree = (name: string): PreparedRoot => ({ kind: "directory", path: at(name) });
const disk = (name: string): PreparedRoot => ({
  kind: "disk",
  path: at(`${name}.qcow2`),
  format: "qcow2",
  overlays: 1,
  state: at(`${name}.state`),
});
const archives = () => createBackupArchives({ directory });
const limits = { bytes: 2 ** 34 };
const indexOf = (type: "container" | "virtual-machine", snapshots: string[] = []) => ({
  name: "web",
  type,
  snapshots,
  config: { container: { name: "web", config: { "user.a": "1" } } },
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-backup-"));
  await chmod(directory, 0o711);
  await makeTree();
  await makeDisks();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What is easily lost. */
async function makeTree() {
  await mkdir(at("tree/etc"), { recursive: true });
  const script = `
    echo owned > etc/owned; chown 33:44 etc/owned; chmod 4711 etc/owned
    ln etc/owned linked; ln -s /etc/passwd out; ln -s ../../.. up; mkfifo fifo; mknod null c 1 3
    truncate -s 64M holes; printf x | dd of=holes bs=1 seek=30000000 conv=notrunc status=none
    setcap cap_net_raw+ep holes
    chown 65535:65535 etc; chmod 1777 etc; touch -d @1000000000.5 linked
    mkdir -p ${"d".repeat(100)}/${"e".repeat(150)}; touch "${"d".repeat(100)}/${"e".repeat(150)}/$(printf 'a\\nb\\377')"
    touch -- '-x' '*' "with space" empty`;
  await execute("sh", ["-ec", script], { cwd: at("tree") });
  grantAccess(at("tree/etc"), 33, "read");
  await execute("cp", ["-a", at("tree"), at("older")]);
  await writeFile(at("older/etc/owned"), "older\n");
}

/** `older` and `newer`, the second being what was written over the first. */
async function makeDisks() {
  for (const name of ["older", "newer"]) {
    const base = name === "newer" ? ["-F", "qcow2", "-b", "older.qcow2"] : [];
    await execute("qemu-img", ["create", "-q", "-f", "qcow2", ...base, at(`${name}.qcow2`), "1G"]);
    const writes =
      name === "newer" ? ["write -P 9 3M 1M", "write -z 500M 1M"] : ["write -P 7 1M 3M", "write -P 8 500M 2M"];
    for (const write of writes) await execute("qemu-io", ["-f", "qcow2", "-c", write, at(`${name}.qcow2`)]);
    await execute("chown", [`${uid}:${uid}`, at(`${name}.qcow2`)]);
    await mkdir(at(`${name}.state/tpm`), { recursive: true });
    await writeFile(at(`${name}.state/tpm/vars`), name);
  }
}

async function write(
  type: "container" | "virtual-machine",
  sources: readonly Omit<BackupSource, "uid">[],
  compression: BackupCompression = "none",
  lodge: object = {},
): Promise<Buffer> {
  async function* all() {
    for (const source of sources) yield { ...source, uid };
  }
  const names = sources.flatMap(({ snapshot }) => snapshot ?? []);
  return buffer(archives().write({ index: { ...indexOf(type, names), lodge }, compression, sources: all() }));
}

/** Reads a backup into roots by the names of the states; the instance's is `now`. */
async function read(bytes: Buffer, rootFor: (name: string, size?: number) => Promise<PreparedRoot>, piece = 1 << 16) {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  await using reading = await archives().read(Readable.from(pieces));
  const names: string[] = [];
  for await (const state of reading.states(limits)) {
    const name = state.snapshot ?? "now";
    await state.writeTo(await rootFor(name, state.size), uid);
    names.push(name);
  }
  return names;
}

async function newTree(): Promise<PreparedRoot> {
  const path = await mkdtemp(at("got-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return { kind: "directory", path };
}

/** All that can be said of a tree. */
async function describeTree(path: string): Promise<string> {
  const find = ["-printf", "%P %y %m %U %G %s %l %n %T@ \\n"];
  const listed = await execute("find", [path, "-mindepth", "1", ...find], { encoding: "latin1" });
  const options = ["--format=posix", "--pax-option=delete=atime,delete=ctime,exthdr.name=x", "--sort=name"];
  const attributes = ["--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*"];
  const args = ["--create", ...options, ...attributes, "--directory", path, "."];
  const { stdout } = await execute("tar", args, { encoding: "buffer", maxBuffer: 2 ** 27 });
  return [...listed.stdout.split("\n").sort(), createHash("sha256").update(stdout).digest("hex")].join("\n");
}

describe("a container's backup", () => {
  it.each(["none", "zstd", "gzip", "xz", "bzip2"] as const)(
    "comes back as it was, compressed by %s",
    async (compression) => {
      const backup = await write("container", [{ root: tree("tree") }], compression);
      const got = await newTree();
      expect(await read(backup, async () => got)).toEqual(["now"]);
      expect(await describeTree(got.path)).toBe(await describeTree(at("tree")));
      expect((await stat(join(got.path, "holes"))).blocks).toBeLessThan(100);
      const [one, other] = await Promise.all([lstat(join(got.path, "linked")), lstat(join(got.path, "etc/owned"))]);
      expect(one.ino).toBe(other.ino);
    },
  );

  it("is read by tar, and holds snapshots before the instance", async () => {
    const sources = [{ snapshot: "ä b".replace(" ", "-"), root: tree("older") }, { root: tree("tree") }];
    const backup = await write("container", sources);
    await writeFile(at("backup.tar"), backup);
    const { stdout } = await execute("tar", ["--list", "--file", at("backup.tar")]);
    const names = stdout.split("\n");
    expect(names[0]).toBe("backup/index.yaml");
    expect(names).toContain("backup/container/rootfs/etc/owned");
    expect(names).toContain("backup/container/backup.yaml");
    const got = await newTree();
    const seen: string[] = [];
    const names2 = await read(backup, async (name) => {
      seen.push(await readFile(join(got.path, "etc/owned"), "utf8").catch(() => "nothing"));
      expect(name).toBeDefined();
      return got;
    });
    expect(names2).toEqual(["ä-b", "now"]);
    expect(seen).toEqual(["nothing", "older\n"]);
    expect(await describeTree(got.path)).toBe(await describeTree(at("tree")));
  });

  it("is noticed to be damaged, wherever", async () => {
    for (const compression of ["none", "zstd", "gzip"] as const) {
      const backup = await write("container", [{ root: tree("tree") }], compression);
      for (const place of [0.02, 0.3, 0.5, 0.9]) {
        const damaged = Buffer.from(backup);
        const byte = Math.floor(damaged.length * place);
        damaged[byte] = (damaged[byte] ?? 0) ^ 0x55;
        const got = await newTree();
        await expect(
          read(damaged, async () => got),
          `${compression} ${place}`,
        ).rejects.toMatchObject({ code: "backup_invalid" });
        await expect(read(backup.subarray(0, byte), async () => got)).rejects.toMatchObject({ code: "backup_invalid" });
      }
    }
  });
});

describe("a VM's backup", () => {
  const newDisk = async (size: number | undefined, base?: string): Promise<PreparedRoot> => {
    const name = `got-${Math.random().toString(36).slice(2)}`;
    const backing = base ? ["-F", "qcow2", "-b", at(`${base}.qcow2`)] : [];
    await execute("qemu-img", ["create", "-q", "-f", "qcow2", ...backing, at(`${name}.qcow2`), `${size}`]);
    await chown(at(`${name}.qcow2`), uid, uid);
    await mkdir(at(`${name}.state`));
    await writeFile(at(`${name}.state/old`), "of before");
    return disk(name);
  };
  const same = async (one: string, other: string) =>
    (await execute("qemu-img", ["compare", "-f", "qcow2", "-F", "qcow2", one, other])).stdout;

  it.each(["none", "zstd"] as const)(
    "has its disk and what it keeps beside that, compressed by %s",
    async (compression) => {
      const backup = await write("virtual-machine", [{ root: disk("newer") }], compression);
      expect(backup.length).toBeLessThan(8 << 20);
      let got: PreparedRoot | undefined;
      await read(backup, async (_, size) => {
        got = await newDisk(size);
        return got;
      });
      if (got?.kind !== "disk") throw new Error("no disk");
      expect(await same(got.path, at("newer.qcow2"))).toContain("identical");
      expect(await readFile(join(got.state, "tpm/vars"), "utf8")).toBe("newer");
      expect(await readdir(got.state)).toEqual(["tpm"]);
    },
  );

  it("is written over what is there: only what differs is", async () => {
    const backup = await write("virtual-machine", [{ root: disk("newer") }]);
    const got = await newDisk(2 ** 30, "older");
    await read(backup, async () => got);
    expect(await same(got.path, at("newer.qcow2"))).toContain("identical");
    expect((await stat(got.path)).blocks * 512).toBeLessThan(2 << 20);
    expect((await stat(at("newer.qcow2"))).blocks * 512).toBeGreaterThan(1 << 20);
  });

  describe("since another disk", () => {
    const since = { since: { snapshot: "s", uuid: "00000000-0000-0000-0000-000000000000" } };

    it.each([
      { what: "that it stands on", before: "older", most: 4 << 20 },
      { what: "that it shares no file with", before: "flat", most: 12 << 20 },
    ])("$what has what differs, and makes of that what it is", async ({ before, most }) => {
      if (before === "flat") {
        await execute("qemu-img", ["convert", "-O", "qcow2", at("older.qcow2"), at("flat.qcow2")]);
        await chown(at("flat.qcow2"), uid, uid);
      }
      const sources = [{ root: disk("newer"), since: disk(before) }];
      const backup = await write("virtual-machine", sources, "none", since);
      expect(backup.length).toBeLessThan(most);
      const got = await newDisk(2 ** 30, "older");
      expect(await read(backup, async () => got)).toEqual(["now"]);
      expect(await same(got.path, at("newer.qcow2"))).toContain("identical");
      if (got.kind === "disk") expect(await readFile(join(got.state, "tpm/vars"), "utf8")).toBe("newer");
    });

    it("goes back as well as on, and grows", async () => {
      await execute("qemu-img", [
        "create",
        "-q",
        "-f",
        "qcow2",
        "-F",
        "qcow2",
        "-b",
        "older.qcow2",
        at("grown.qcow2"),
        "2G",
      ]);
      await execute("qemu-io", ["-f", "qcow2", "-c", "write -P 5 1500M 1M", at("grown.qcow2")]);
      await chown(at("grown.qcow2"), uid, uid);
      await mkdir(at("grown.state"));
      const sources = [
        { snapshot: "b", root: disk("older"), since: disk("newer") },
        { root: disk("grown"), since: disk("older") },
      ];
      const backup = await write("virtual-machine", sources, "zstd", since);
      const got = await newDisk(2 ** 30, "newer");
      const grow = async (_: string, size = 0) => {
        await execute("qemu-img", ["resize", "-q", got.path, `${size}`]);
        return got;
      };
      expect(await read(backup, grow)).toEqual(["b", "now"]);
      expect(await same(got.path, at("grown.qcow2"))).toContain("identical");
    });

    it("is no whole disk, and a whole disk is no such thing", async () => {
      const got = async () => newDisk(2 ** 30);
      const whole = await write("virtual-machine", [{ root: disk("newer") }], "none", since);
      await expect(read(whole, got)).rejects.toMatchObject({ code: "backup_invalid", message: /a whole disk/ });
      const changes = await write("virtual-machine", [{ root: disk("newer"), since: disk("older") }]);
      await expect(read(changes, got)).rejects.toMatchObject({ code: "backup_invalid", message: /changes of a disk/ });
    });
  });

  it("is read by tar, which makes a file with holes of its disk", async () => {
    await writeFile(
      at("vm.tar"),
      await write("virtual-machine", [{ snapshot: "s", root: disk("older") }, { root: disk("newer") }]),
    );
    await mkdir(at("unpacked"));
    await execute("tar", ["--extract", "--file", at("vm.tar"), "--directory", at("unpacked")]);
    const image = at("unpacked/backup/virtual-machine.img");
    const compare = ["compare", "-f", "raw", "-F", "qcow2", image, at("newer.qcow2")];
    expect((await execute("qemu-img", compare)).stdout).toContain("identical");
    expect((await stat(image)).blocks * 512).toBeLessThan(16 << 20);
    expect((await stat(at("unpacked/backup/virtual-machine-snapshots/s.img"))).size).toBe(2 ** 30);
  });

  it("may be LXD's, with a disk that is all there", async () => {
    await execute("qemu-img", ["convert", "-O", "raw", at("older.qcow2"), at("older.raw")]);
    const raw = await readFile(at("older.raw"));
    const index = Buffer.from(JSON.stringify(indexOf("virtual-machine")));
    const backup = Buffer.concat([
      ...[fileHeader("backup/index.yaml", index.length), index, padding(index.length)],
      directoryHeader("backup/virtual-machine"),
      ...[fileHeader("backup/virtual-machine/qemu.nvram", 3), Buffer.from("abc"), padding(3)],
      ...[fileHeader("backup/virtual-machine.img", raw.length), raw, archiveEnd],
    ]);
    let got: PreparedRoot | undefined;
    await read(backup, async (_, size) => {
      got = await newDisk(size);
      return got;
    });
    expect(await same(got?.path ?? "", at("older.qcow2"))).toContain("identical");
    expect((await stat(got?.path ?? "")).blocks * 512).toBeLessThan(16 << 20);
  });

  it("ends with its server when it is given up", async () => {
    async function* all() {
      yield { root: disk("newer"), uid };
    }
    const stream = archives().write({ index: indexOf("virtual-machine"), compression: "none", sources: all() });
    for await (const _ of stream) break;
    expect((await readdir(directory)).filter((name) => /^disk\d/.test(name))).toEqual([]);
    const { stdout } = await execute("sh", [
      "-c",
      `ps -eo args | grep -c '[q]emu-storage-daemon.*${directory}' || true`,
    ]);
    expect(stdout.trim()).toBe("0");
  });
});

describe("a backup that would do harm", () => {
  const entry = (name: string, more: Partial<TarHeader> = {}, content = "") => {
    const bytes = Buffer.from(content);
    const header = {
      name,
      kind: "0",
      size: bytes.length,
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: 0,
      target: "",
      major: 0,
      minor: 0,
    };
    return Buffer.concat([encodeHeader({ ...header, pax: new Map(), ...more }), bytes, padding(bytes.length)]);
  };
  const root = "backup/container/rootfs";
  const link = { kind: "2", target: "/tmp" };
  const backupOf = (index: object, ...entries: Buffer[]) =>
    Buffer.concat([entry("backup/index.yaml", {}, JSON.stringify(index)), ...entries, archiveEnd]);

  it.each<[string, Buffer[]]>([
    ["a path out of it", [entry(`${root}/../../../../tmp/x`, {}, "x")]],
    ["an absolute path", [entry("/tmp/x", {}, "x")]],
    ["a path out of it in a pax header", [entry("a", { pax: new Map([["path", `${root}/../../../x`]]) }, "x")]],
    ["a file below a link", [entry(`${root}/a`, link), entry(`${root}/a/x`, {}, "x")]],
    ["a root that is a link", [entry(root, link), entry(`${root}/x`, {}, "x")]],
    ["a hard link to the host", [entry(`${root}/a`, { kind: "1", target: "/etc/shadow" })]],
    ["a hard link out of its root", [entry(`${root}/a`, { kind: "1", target: "backup/index.yaml" })]],
    [
      "a hard link through a link",
      [
        entry(`${root}/l`, { kind: "2", target: "/etc" }),
        entry(`${root}/a`, { kind: "1", target: `${root}/l/shadow` }),
      ],
    ],
    ["a disk of the host's", [entry(`${root}/sda`, { kind: "4", major: 8, minor: 0 })]],
    ["the host's memory", [entry(`${root}/mem`, { kind: "3", major: 1, minor: 1 })]],
    ["a sparse file of an unknown kind", [entry(`${root}/a`, { pax: new Map([["GNU.sparse.realsize", "9"]]) }, "x")]],
    [
      "more than fits",
      [
        encodeHeader({
          name: `${root}/a`,
          kind: "0",
          size: 2 ** 40,
          mode: 0,
          uid: 0,
          gid: 0,
          mtime: 0,
          target: "",
          major: 0,
          minor: 0,
          pax: new Map(),
        }),
      ],
    ],
    ["no instance", []],
    ["a snapshot that it does not name", [entry("backup/snapshots/s/rootfs/x", {}, "x"), entry(`${root}/x`)]],
    ["the instance twice", [entry(`${root}/x`), entry("backup/snapshots/x"), entry(`${root}/y`)]],
  ])("is refused: %s", async (what, entries) => {
    const got = await newTree();
    await expect(read(backupOf(indexOf("container"), ...entries), async () => got)).rejects.toMatchObject({
      code: "backup_invalid",
    });
    expect((await readdir(got.path)).filter((name) => name === "x")).toHaveLength(
      what === "the instance twice" ? 1 : 0,
    );
  });

  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["no archive", Buffer.alloc(10_000, 7)],
    ["no index", Buffer.concat([entry("backup/container/rootfs/x"), archiveEnd])],
    ["an index of something else", backupOf({ name: "x" })],
    ["an index that names a snapshot twice", backupOf(indexOf("container", ["a", "a"]))],
    ["an index of a pool's own form", backupOf({ ...indexOf("container"), optimized: true })],
    ["an index that is far too long", Buffer.concat([fileHeader("backup/index.yaml", 2 ** 31)])],
    [
      "an index that grows",
      Buffer.concat([
        entry(
          "backup/index.yaml",
          {},
          `a: &a [${"x,".repeat(50)}]\nb: &b [${"*a,".repeat(50)}]\nc: &c [${"*b,".repeat(50)}]\nd: [${"*c,".repeat(50)}]`,
        ),
        archiveEnd,
      ]),
    ],
  ])("is refused before anything is made: %s", async (_, bytes) => {
    await expect(archives().read(Readable.from([bytes]))).rejects.toMatchObject({ code: "backup_invalid" });
  });

  it.each([0, 100, 2 ** 51])("is refused: a disk of %d bytes", async (size) => {
    const header = fileHeader("backup/virtual-machine.img", size);
    const bytes = backupOf(indexOf("virtual-machine"), header, Buffer.alloc(1024));
    await expect(read(bytes, async () => disk("older"))).rejects.toMatchObject({ code: "backup_invalid" });
  });
});
