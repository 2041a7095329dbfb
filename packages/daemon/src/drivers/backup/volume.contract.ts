/** Backups of real volumes, read again. Needs root. */
import { readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VolumeContentType } from "@lodge/api";
import type { BackupContent, BackupKind, BackupSource } from "@lodge/core";
import { expect, it } from "vitest";
import { at, describeTree, execute, newTree, read, tree, useWorkplace, writeOf } from "./testing/workplace.ts";

useWorkplace({ trees: true });

const kinds = { filesystem: "directory-volume", block: "disk-volume", iso: "disk-volume" } as const;

function write(content: VolumeContentType, sources: readonly BackupSource[]): Promise<Buffer> {
  const snapshots = sources.flatMap(({ snapshot }) => snapshot ?? []);
  const index = { name: "data", type: "custom", snapshots, config: { volume: { content_type: content } } };
  const of: BackupKind = kinds[content];
  return writeOf({ of, index, compression: "none" }, sources);
}

const raw = (name: string): BackupContent => ({ kind: "raw", path: at(name) });

/** An empty file, or one that is made as large as asked for. */
async function newFile(name: string): Promise<(state: string, size?: number) => Promise<BackupContent>> {
  await writeFile(at(name), "");
  return async (_, size = 0) => {
    if (size > (await stat(at(name))).size) await truncate(at(name), size);
    return raw(name);
  };
}

it("of files are where LXD looks for them, and come back as they were", async () => {
  const backup = await write("filesystem", [{ snapshot: "a.img", content: tree("older") }, { content: tree("tree") }]);
  await writeFile(at("volume.tar"), backup);
  const { stdout } = await execute("tar", ["--list", "--file", at("volume.tar")]);
  for (const name of ["backup/volume-snapshots/a.img/etc/owned", "backup/volume/etc/owned"])
    expect(stdout.split("\n")).toContain(name);
  const got = await newTree();
  const seen: string[] = [];
  const names = await read(backup, async () => {
    seen.push(await readFile(join(got.path, "etc/owned"), "utf8").catch(() => "nothing"));
    return got;
  });
  expect(names).toEqual(["a.img", "now"]);
  expect(seen).toEqual(["nothing", "older\n"]);
  expect(await describeTree(got.path)).toBe(await describeTree(at("tree")));
});

it("of a disk hold what is in it, and no holes", async () => {
  await truncate(at("before.raw"), 0).catch(() => writeFile(at("before.raw"), ""));
  await truncate(at("before.raw"), 64 << 20);
  const script = `
    printf x | dd of=before.raw bs=1 seek=5000000 conv=notrunc status=none
    head -c 3000000 /dev/urandom | dd of=before.raw bs=1M seek=20 conv=notrunc status=none
    cp --sparse=always before.raw after.raw; truncate -s 80M after.raw
    fallocate --punch-hole --offset 20M --length 1M after.raw
    printf y | dd of=after.raw bs=1 seek=83886079 conv=notrunc status=none`;
  await execute("sh", ["-ec", script], { cwd: at("") });
  const backup = await write("block", [{ snapshot: "s", content: raw("before.raw") }, { content: raw("after.raw") }]);
  expect(backup.length).toBeLessThan(8 << 20);
  const place = await newFile("got.raw");
  const then: Buffer[] = [];
  const names = await read(backup, async (name, size) => {
    then.push(await readFile(at("got.raw")));
    return place(name, size);
  });
  expect(names).toEqual(["s", "now"]);
  expect(then[1]?.equals(await readFile(at("before.raw")))).toBe(true);
  expect((await readFile(at("got.raw"))).equals(await readFile(at("after.raw")))).toBe(true);
  expect((await stat(at("got.raw"))).blocks * 512).toBeLessThan(4 << 20);
});

it("of an ISO have its size, whatever that is", async () => {
  await writeFile(at("medium.iso"), Buffer.alloc(70_001, "ISO"));
  const place = await newFile("got.iso");
  expect(await read(await write("iso", [{ content: raw("medium.iso") }]), place)).toEqual(["now"]);
  expect(await readFile(at("got.iso"))).toEqual(await readFile(at("medium.iso")));
});
