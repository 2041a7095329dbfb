/** Custom volumes of a pool on a file system; needs root. */
import { lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PoolVolumes, SnapshotId, VolumeId } from "@lodge/core";
import { describeVolumes } from "@lodge/core/testing";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../../system/run.ts";
import { makeScratch, type PoolKind, removeLodgeDir } from "./pool-host.ts";

const one = "00000001" as VolumeId;
const two = "00000002" as VolumeId;
const three = "00000003" as VolumeId;
const first = "0000000a" as SnapshotId;

/** In the middle of a disk, or a file. */
const letterAt = 2 ** 20;

export function describeFileVolumes(kind: PoolKind): void {
  function volumesOf(directory: string): PoolVolumes {
    const { volumes } = kind.open(directory);
    if (!volumes) throw new Error("the pool has no volumes");
    return volumes;
  }

  describeVolumes(kind.name, async () => {
    const directory = await makeScratch();
    await kind.make(directory);
    const volumes = volumesOf(directory);
    return {
      volumes,
      async write(id, letter) {
        const path = await volumes.path(id);
        if ((await stat(path)).isDirectory()) return writeFile(join(path, "letter"), letter);
        await using file = await open(path, "r+");
        await file.write(letter, letterAt);
      },
      async read(id) {
        const path = await volumes.path(id);
        if ((await stat(path)).isDirectory()) return readFile(join(path, "letter"), "utf8").catch(() => "");
        await using file = await open(path, "r");
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, letterAt);
        return buffer[0] === 0 ? "" : buffer.toString("latin1");
      },
      reopen: () => volumesOf(directory),
      close: () => removeLodgeDir(kind, directory),
    };
  });

  describe(`${kind.name} and its volumes`, () => {
    let directory: string;
    let volumes: PoolVolumes;
    beforeEach(async () => {
      directory = await makeScratch();
      await kind.make(directory);
      volumes = volumesOf(directory);
      onTestFinished(() => removeLodgeDir(kind, directory));
    });

    it("a copy has owners, modes, links and holes, and one that is given up leaves nothing", async () => {
      await volumes.create({ id: one, content: "filesystem" });
      const from = await volumes.path(one);
      await mkdir(join(from, "sub"), { mode: 0o700 });
      await writeFile(join(from, "sub/file"), "content", { mode: 0o4711 });
      await run("chown", ["7:8", join(from, "sub/file")]);
      await run("chmod", ["4711", join(from, "sub/file")]);
      await symlink("/etc/shadow", join(from, "link"));
      await run("truncate", ["--size=64M", join(from, "holes")]);
      await volumes.create({ id: two, content: "filesystem" }, { kind: "volume", volume: one });
      const to = await volumes.path(two);
      expect(await stat(join(to, "sub/file"))).toMatchObject({ uid: 7, gid: 8, mode: 0o104711 });
      expect((await lstat(join(to, "link"))).isSymbolicLink()).toBe(true);
      expect(await stat(join(to, "holes"))).toMatchObject({ size: 64 * 2 ** 20, blocks: 0 });
      const there = (await readdir(join(to, "../../.."))).sort();
      const cancelled = volumes.create(
        { id: three, content: "filesystem" },
        { kind: "path", path: from },
        { signal: AbortSignal.abort() },
      );
      await expect(cancelled).rejects.toThrow();
      expect((await readdir(join(to, "../../.."))).sort()).toEqual(there);
    });

    it("what a daemon left half-made is removed, and what is whole is not touched", async () => {
      await volumes.create({ id: one, content: "filesystem" });
      const path = await volumes.path(one);
      await writeFile(join(path, "file"), "kept");
      await volumes.keep({ volume: one, snapshot: first });
      const volume = dirname(dirname(path));
      const whole = (await readdir(volume)).sort();
      for (const half of [`../.${two}-12345678`, `../${two}`, ".now-12345678", `.snapshot-${first}-12345678`])
        await mkdir(join(volume, half, "now"), { recursive: true });
      volumes = volumesOf(directory);
      await volumes.reconcile(new Map([[one, [first]]]));
      expect(await readdir(dirname(volume))).toEqual([one]);
      expect((await readdir(volume)).sort()).toEqual(whole);
      expect(await readFile(join(await volumes.path(one), "file"), "utf8")).toBe("kept");
    });

    it("an ISO is the file that it was made of", async () => {
      const file = join(directory, "x.iso");
      await writeFile(file, Buffer.alloc(40_000, "i"));
      await volumes.create({ id: one, content: "iso" }, { kind: "path", path: file });
      expect(await readFile(await volumes.path(one))).toEqual(await readFile(file));
      await volumes.keep({ volume: one, snapshot: first });
    });

    it("a disk takes no space before it is written to", async () => {
      await volumes.create({ id: one, content: "block", size: 2 ** 40 });
      expect((await stat(await volumes.path(one))).size).toBe(2 ** 40);
      expect(await volumes.usage(one)).toBe(0);
    });

    it("is reached by root alone", async () => {
      await volumes.create({ id: one, content: "filesystem" });
      const reading = run("setpriv", ["--reuid=1000", "--regid=1000", "--clear-groups", "ls", await volumes.path(one)]);
      await expect(reading).rejects.toThrow(/Permission denied/);
    });

    it("files are limited in size, or that is refused with the reason", async () => {
      const info = await kind.open(directory).info();
      const request = { id: one, content: "filesystem", size: 4 * 2 ** 20 } as const;
      if (!info.containerSize) {
        await expect(volumes.create(request)).rejects.toMatchObject({
          code: "pool_size_unsupported",
          message: expect.stringContaining("Leave"),
        });
        await volumes.create({ id: one, content: "filesystem" });
        await expect(volumes.resize(request)).rejects.toMatchObject({ code: "pool_size_unsupported" });
        return;
      }
      await volumes.create(request);
      const path = await volumes.path(one);
      const fill = ["--reuid=1000", "--regid=1000", "--clear-groups", "dd", "if=/dev/zero", `of=${path}/x`, "bs=1M"];
      await expect(run("setpriv", [...fill, "count=8"])).rejects.toThrow();
    });
  });
}
