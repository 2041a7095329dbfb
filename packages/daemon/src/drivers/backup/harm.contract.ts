/** Backups that were made to do harm. Needs root. */
import { readdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { archiveEnd, encodeHeader, fileHeader, padding, type TarHeader } from "../../system/tar/tar-header.ts";
import { archives, disk, indexOf, newTree, read, useWorkplace } from "./testing/workplace.ts";

useWorkplace({});

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
