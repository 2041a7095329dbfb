/** Backups of real disks, read again. Needs root. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BackupContent } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { archiveEnd, directoryHeader, fileHeader, padding } from "../../system/tar/tar-header.ts";
import {
  archives,
  at,
  compareDisks,
  directory,
  disk,
  execute,
  indexOf,
  newDisk,
  read,
  useWorkplace,
  write,
} from "./testing/workplace.ts";

useWorkplace({ disks: true });

describe("a VM's backup", () => {
  it.each(["none", "zstd"] as const)(
    "has its disk and what it keeps beside that, compressed by %s",
    async (compression) => {
      const backup = await write("virtual-machine", [{ content: disk("newer") }], compression);
      expect(backup.length).toBeLessThan(8 << 20);
      let got: BackupContent | undefined;
      await read(backup, async (_, size) => {
        got = await newDisk(size);
        return got;
      });
      if (got?.kind !== "disk") throw new Error("no disk");
      expect(await compareDisks(got.path, at("newer.qcow2"))).toContain("identical");
      expect(await readFile(join(got.state, "tpm/vars"), "utf8")).toBe("newer");
      expect(await readdir(got.state)).toEqual(["tpm"]);
    },
  );

  it("is written over what is there: only what differs is", async () => {
    const backup = await write("virtual-machine", [{ content: disk("newer") }]);
    const got = await newDisk(2 ** 30, "older");
    await read(backup, async () => got);
    expect(await compareDisks(got.path, at("newer.qcow2"))).toContain("identical");
    expect((await stat(got.path)).blocks * 512).toBeLessThan(2 << 20);
    expect((await stat(at("newer.qcow2"))).blocks * 512).toBeGreaterThan(1 << 20);
  });

  it("is read by tar, which makes a file with holes of its disk", async () => {
    await writeFile(
      at("vm.tar"),
      await write("virtual-machine", [{ snapshot: "s", content: disk("older") }, { content: disk("newer") }]),
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
    let got: BackupContent | undefined;
    await read(backup, async (_, size) => {
      got = await newDisk(size);
      return got;
    });
    expect(await compareDisks(got?.path ?? "", at("older.qcow2"))).toContain("identical");
    expect((await stat(got?.path ?? "")).blocks * 512).toBeLessThan(16 << 20);
  });

  it("ends with its server when it is given up", async () => {
    async function* all() {
      yield { content: disk("newer") };
    }
    const stream = archives().write({
      of: "virtual-machine",
      index: indexOf("virtual-machine"),
      compression: "none",
      sources: all(),
    });
    for await (const _ of stream) break;
    expect((await readdir(directory)).filter((name) => /^disk\d/.test(name))).toEqual([]);
    const { stdout } = await execute("sh", [
      "-c",
      `ps -eo args | grep -c '[q]emu-storage-daemon.*${directory}' || true`,
    ]);
    expect(stdout.trim()).toBe("0");
  });
});
