/** Backups of real trees, read again and damaged. Needs root. */
import { lstat, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { at, describeTree, execute, newTree, read, tree, useWorkplace, write } from "./testing/workplace.ts";

useWorkplace({ trees: true });

describe("a container's backup", () => {
  it.each(["none", "zstd", "gzip", "xz", "bzip2"] as const)(
    "comes back as it was, compressed by %s",
    async (compression) => {
      const backup = await write("container", [{ content: tree("tree") }], compression);
      const got = await newTree();
      expect(await read(backup, async () => got)).toEqual(["now"]);
      expect(await describeTree(got.path)).toBe(await describeTree(at("tree")));
      expect((await stat(join(got.path, "holes"))).blocks).toBeLessThan(100);
      const [one, other] = await Promise.all([lstat(join(got.path, "linked")), lstat(join(got.path, "etc/owned"))]);
      expect(one.ino).toBe(other.ino);
    },
  );

  it("is read by tar, and holds snapshots before the instance", async () => {
    const sources = [{ snapshot: "ä b".replace(" ", "-"), content: tree("older") }, { content: tree("tree") }];
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
      const backup = await write("container", [{ content: tree("tree") }], compression);
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
