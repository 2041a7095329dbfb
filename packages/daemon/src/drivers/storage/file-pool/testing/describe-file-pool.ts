/** What every pool on a file system keeps, of its files and their owners; needs root. */
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DirectoryRoot, DiskRoot, IdRange, ImageFiles, InstanceId, PoolDriver, RootRequest } from "@lodge/core";
import { describePool } from "@lodge/core/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { listMounts } from "../../../../system/mounts.ts";
import { run } from "../../../../system/run.ts";
import { inside, makeScratch, type PoolKind, readLetter, removeLodgeDir, writeLetter } from "./pool-host.ts";
import {
  makeDisk,
  makeManyFiles,
  makeSampleTree,
  makeSquashfs,
  makeTar,
  makeUnifiedTar,
  sampleDiskSize,
  sampleGrubConfig,
  sampleRegion,
} from "./sample-images.ts";

const one = "00000001" as InstanceId;
const two = "00000002" as InstanceId;
const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const otherIds: IdRange = { base: 2_065_536, size: 65_536, owner: 2_065_536 };
const mebibyte = 1024 ** 2;
const never = new AbortController().signal;

export function describeFilePool(kind: PoolKind): void {
  let scratch: string;
  let tree: string;
  let squashfs: ImageFiles;
  let disk: ImageFiles;

  beforeAll(async () => {
    scratch = await makeScratch();
    tree = join(scratch, "rootfs");
    await makeSampleTree(tree);
    squashfs = await makeSquashfs(tree, join(scratch, "root.squashfs"));
    disk = await makeDisk({ directory: scratch, grubConfig: sampleGrubConfig, compressed: false });
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  describePool(kind.name, async () => {
    const lodgeDir = await makeScratch();
    await kind.make(lodgeDir);
    return {
      pool: kind.open(lodgeDir),
      container: squashfs,
      vm: disk,
      diskSize: sampleDiskSize,
      write: writeLetter,
      read: readLetter,
      reopen: () => kind.open(lodgeDir),
      close: () => removeLodgeDir(kind, lodgeDir),
    };
  });

  describe(`${kind.name} as a pool on a file system`, () => {
    let directory: string;
    let pool: PoolDriver;
    beforeEach(async () => {
      directory = await makeScratch();
      await kind.make(directory);
      pool = kind.open(directory);
      onTestFinished(() => removeLodgeDir(kind, directory));
    });

    const rootOf = (id: InstanceId, { type, fingerprint }: ImageFiles): RootRequest => ({ id, type, fingerprint });

    async function launch(id: InstanceId, image: ImageFiles, range: IdRange, size?: number): Promise<string> {
      const request = { ...rootOf(id, image), ...(size !== undefined && { size }) };
      await pool.unpackImage(image, () => undefined, never);
      await pool.createRoot(request);
      return ((await pool.prepareRoot(request, range)) as DirectoryRoot).path;
    }

    it("takes over a VM's disk from where pools without snapshots had it", async () => {
      await launch(one, disk, ids);
      const root = join(directory, "pools", "default", "roots", one);
      const record = JSON.parse(await readFile(join(root, "root.json"), "utf8")) as { top?: string };
      const prepared = (await pool.prepareRoot(rootOf(one, disk), ids)) as DiskRoot;
      await writeLetter(prepared, "k");
      const { path } = prepared;
      await rename(path, join(root, "root.qcow2"));
      await rm(dirname(path), { recursive: true });
      const { top: _top, ...older } = record;
      await writeFile(join(root, "root.json"), JSON.stringify(older));
      for (let start = 1; start <= 2; start++) {
        pool = kind.open(directory);
        await pool.reconcile(new Map([[one, []]]), [disk.fingerprint]);
        expect(await readLetter(await pool.prepareRoot(rootOf(one, disk), ids))).toBe("k");
        expect((await pool.rootUsage(one)).bytes).toBeGreaterThan(0);
        await pool.settleRoot(one);
      }
    });

    describe("a container's root", () => {
      it("shows the image with the instance's owners and modes", async () => {
        const root = await launch(one, squashfs, ids);
        expect(await stat(join(root, "etc/owned"))).toMatchObject({
          uid: ids.base + 33,
          gid: ids.base + 34,
          mode: 0o100640,
        });
        expect(await stat(join(root, "bin/id"))).toMatchObject({ uid: ids.base + 5, mode: 0o104755 });
        expect(await stat(root)).toMatchObject({ uid: ids.base, gid: ids.base, mode: 0o040755 });
      });

      it("honours setuid and file capabilities inside, and no device node", async () => {
        const root = await launch(one, squashfs, ids);
        expect(await inside(ids, 1, `${root}/bin/id -u`)).toBe("5");
        expect(await inside(ids, 1, `${root}/bin/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
        await expect(inside(ids, 0, `echo x > ${root}/dev/null`)).rejects.toThrow(/Permission denied/);
      });

      it("lets the instance change, remove, replace and rename what came with the image", async () => {
        const root = await launch(one, squashfs, ids);
        await inside(
          ids,
          0,
          `cd ${root}; rm etc/owned; rm -r etc/sub; mkdir etc/sub; mv var var2; touch new; chown 7:8 new; echo 1 >> bin/id`,
        );
        expect(await readdir(join(root, "etc"))).toEqual(["link", "sub"]);
        expect(await readdir(join(root, "etc/sub"))).toEqual([]);
        expect(await readdir(join(root, "var2"))).toEqual(["log"]);
        expect(await stat(join(root, "new"))).toMatchObject({ uid: ids.base + 7, gid: ids.base + 8 });
        // And so it stays, over a remount with other ids.
        await pool.settleRoot(one);
        await pool.prepareRoot(rootOf(one, squashfs), otherIds);
        expect(await readdir(join(root, "etc"))).toEqual(["link", "sub"]);
        expect(await readdir(join(root, "etc/sub"))).toEqual([]);
        expect(await stat(join(root, "new"))).toMatchObject({ uid: otherIds.base + 7, gid: otherIds.base + 8 });
        expect(await inside(otherIds, 1, `${root}/bin/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
      });

      it("is copied with everything that was changed, for other ids", async () => {
        const root = await launch(one, squashfs, ids);
        await inside(ids, 0, `cd ${root}; rm -r etc/sub; mkdir etc/sub; touch new; chmod 4711 new; mv bin bin2`);
        await pool.settleRoot(one);
        await pool.copyRoot({ from: one }, rootOf(two, squashfs));
        await pool.removeRoot(one);
        const copy = ((await pool.prepareRoot(rootOf(two, squashfs), otherIds)) as DirectoryRoot).path;
        expect(await readdir(copy)).toEqual(["bin2", "dev", "etc", "new", "var"]);
        expect(await readdir(join(copy, "etc/sub"))).toEqual([]);
        expect(await stat(join(copy, "new"))).toMatchObject({ uid: otherIds.base, mode: 0o104711 });
        expect(await inside(otherIds, 1, `${copy}/bin2/id -u`)).toBe("5");
        expect(await inside(otherIds, 1, `${copy}/bin2/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
      });

      it("shares the layer with others and hides its own changes", async () => {
        const first = await launch(one, squashfs, ids);
        const second = await launch(two, squashfs, otherIds);
        await inside(ids, 0, `echo mine > ${first}/etc/sub/file`);
        expect(await readFile(join(second, "etc/sub/file"), "utf8")).toBe("file\n");
        expect(await stat(join(second, "etc/owned"))).toMatchObject({ uid: otherIds.base + 33 });
        await expect(inside(otherIds, 0, `ls ${first}/etc`)).rejects.toThrow(/Permission denied/);
        expect(await readdir(join(directory, "pools/default/images"))).toEqual([squashfs.fingerprint]);
      });

      it("has the host's ids when privileged", async () => {
        const root = await launch(one, squashfs, { base: 0, size: 65_536, owner: 0 });
        expect(await stat(join(root, "etc/owned"))).toMatchObject({ uid: 33, gid: 34 });
        await writeFile(join(root, "new"), "");
        await rm(join(root, "etc/owned"));
        await pool.settleRoot(one);
        await pool.prepareRoot(rootOf(one, squashfs), ids);
        expect(await stat(join(root, "new"))).toMatchObject({ uid: ids.base });
        expect(await readdir(join(root, "etc"))).toEqual(["link", "sub"]);
      });

      it("leaves nothing mounted and nothing on disk when it is removed", async () => {
        await launch(one, squashfs, ids);
        const mounts = () => listMounts(join(directory, "pools/default/roots"));
        expect(await mounts()).toHaveLength(1);
        await pool.removeRoot(one);
        expect(await mounts()).toEqual([]);
        expect(await readdir(join(directory, "pools/default/roots"))).toEqual([]);
        expect(await readdir(join(directory, "pools/default/images", squashfs.fingerprint, "rootfs/etc"))).toHaveLength(
          3,
        );
      });

      it("cannot grow beyond its size", async ({ skip }) => {
        const { containerSize, containerSizeReason } = await pool.info();
        skip(!containerSize, containerSizeReason);
        const root = await launch(one, squashfs, ids, 8 * mebibyte);
        await inside(ids, 0, `head -c 4M /dev/zero > ${root}/some`);
        await expect(inside(ids, 0, `head -c 8M /dev/zero > ${root}/more`)).rejects.toThrow(
          /quota exceeded|No space left/,
        );
        await pool.settleRoot(one);
        const tooSmall = { ...rootOf(two, squashfs), size: 2 * mebibyte };
        await expect(pool.copyRoot({ from: one }, tooSmall)).rejects.toMatchObject({ code: "config_value_invalid" });
        await pool.prepareRoot({ ...rootOf(one, squashfs), size: 32 * mebibyte }, ids);
        await inside(ids, 0, `head -c 8M /dev/zero > ${root}/more`);
        await pool.removeRoot(one);
        const again = await launch(one, squashfs, ids);
        await inside(ids, 0, `head -c 40M /dev/zero > ${again}/much`);
      });

      it("is prepared in the same time, however many files are in the image", async () => {
        const many = await makeManyFiles(join(scratch, "many"), 5000);
        const large = await makeSquashfs(many, join(scratch, "many.squashfs"), "d");
        await launch(one, squashfs, ids);
        await launch(two, large, ids);
        const prepare = (id: InstanceId, image: ImageFiles) => ({
          before: () => pool.settleRoot(id),
          task: () => pool.prepareRoot(rootOf(id, image), ids),
        });
        const [few = 0, all = 0] = await medianTimes([prepare(one, squashfs), prepare(two, large)]);
        expect(all, `${few.toFixed(1)} ms with few files, ${all.toFixed(1)} ms with 5000`).toBeLessThan(2 * few);
      });
    });

    describe("an empty root", () => {
      it("of a container has nothing in it but what the instance makes", async () => {
        const request: RootRequest = { id: one, type: "container" };
        await pool.createRoot(request);
        const { path } = (await pool.prepareRoot(request, ids)) as DirectoryRoot;
        expect(await readdir(path)).toEqual([]);
        expect(await stat(path)).toMatchObject({ uid: ids.base, gid: ids.base, mode: 0o040755 });
        await inside(ids, 0, `mkdir ${path}/etc`);
        await pool.settleRoot(one);
        expect(await readdir(((await pool.prepareRoot(request, otherIds)) as DirectoryRoot).path)).toEqual(["etc"]);
      });

      it.each([
        [undefined, 10 * 1024 * mebibyte],
        [64 * mebibyte, 64 * mebibyte],
      ])("of a VM is a disk of zeros that stands alone (size asked for: %s)", async (asked, size) => {
        const request: RootRequest = { id: one, type: "virtual-machine", ...(asked !== undefined && { size: asked }) };
        await pool.createRoot(request);
        const { path, directBoot } = (await pool.prepareRoot(request, ids)) as DiskRoot;
        expect(directBoot).toBeUndefined();
        const info = JSON.parse(await run("qemu-img", ["info", "--output=json", path]));
        expect(info).toMatchObject({ "virtual-size": size, format: "qcow2" });
        expect(info["backing-filename"]).toBeUndefined();
        expect((await pool.rootUsage(one)).bytes).toBeLessThan(mebibyte);
      });
    });

    describe("unpacking a container image", () => {
      it.each(["--zstd", "--xz", "--gzip"])("keeps owners, modes and attributes of a tar (%s)", async (compression) => {
        const root = await launch(one, await makeTar(tree, join(scratch, "root.tar"), compression), ids);
        expect(await stat(join(root, "etc/owned"))).toMatchObject({
          uid: ids.base + 33,
          gid: ids.base + 34,
          mode: 0o100640,
        });
        expect(await inside(ids, 1, `${root}/bin/id -u`)).toBe("5");
        expect(await inside(ids, 1, `${root}/bin/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
      });

      it("finds the root in a unified archive", async () => {
        const root = await launch(one, await makeUnifiedTar(tree, join(scratch, "unified.tar.xz")), ids);
        expect(await readdir(root)).toEqual(["bin", "dev", "etc", "var"]);
      });

      it("leaves nothing of an archive that is damaged, foreign or leads out of its root", async () => {
        const whole = await readFile(squashfs.rootfs);
        const bad = join(scratch, "bad");
        const outside = join(scratch, "escape.tar");
        await run("tar", [
          "--create",
          "-P",
          `--file=${outside}`,
          `--directory=${join(tree, "etc")}`,
          "../etc/owned",
          "../../rootfs/etc/owned",
        ]);
        for (const content of [
          whole.subarray(0, whole.length / 2),
          Buffer.from("no archive"),
          await readFile(outside),
        ]) {
          await writeFile(bad, content);
          await expect(pool.unpackImage({ ...squashfs, rootfs: bad }, () => undefined, never)).rejects.toThrow();
        }
        expect(await readdir(join(directory, "pools/default/images"))).toEqual([]);
      });

      it("stops when it is cancelled in the middle", async () => {
        const controller = new AbortController();
        const unpacking = pool.unpackImage(squashfs, () => undefined, controller.signal);
        controller.abort();
        await expect(unpacking).rejects.toMatchObject({ code: "operation_cancelled" });
        expect(await readdir(join(directory, "pools/default/images")).catch(() => [])).toEqual([]);
      });
    });

    describe("a VM's root", () => {
      async function prepare(image: ImageFiles, size?: number): Promise<DiskRoot> {
        const request = { ...rootOf(one, image), ...(size !== undefined && { size }) };
        await pool.unpackImage(image, () => undefined, never);
        await pool.createRoot(request);
        return (await pool.prepareRoot(request, ids)) as DiskRoot;
      }

      it.each([false, true])("is a small overlay of its QEMU alone (image compressed: %s)", async (compressed) => {
        const into = await makeScratch();
        onTestFinished(() => rm(into, { recursive: true }));
        const root = await prepare(
          await makeDisk({ directory: into, grubConfig: sampleGrubConfig, compressed }),
          64 * mebibyte,
        );
        expect(await stat(root.path)).toMatchObject({ uid: ids.base, gid: ids.base, mode: 0o100600 });
        const chain = JSON.parse(await run("qemu-img", ["info", "--backing-chain", "--output=json", root.path]));
        expect(chain).toHaveLength(2);
        expect(chain[0]["virtual-size"]).toBe(64 * mebibyte);
        expect(chain[1]["virtual-size"]).toBe(sampleDiskSize);
        expect((await stat(chain[1].filename)).mode & 0o777).toBe(0o444);
        const asQemu = ["--reuid", `${ids.base}`, "--regid", `${ids.base}`, "--clear-groups", "qemu-io"];
        await run("setpriv", [...asQemu, "-f", "qcow2", "-c", "write 12M 64k", root.path]);
        expect((await pool.rootUsage(one)).bytes).toBeGreaterThan(64 * 1024);
      });

      it("tells what the disk would boot, and which bytes decide that", async () => {
        const { directBoot, path } = await prepare(disk);
        expect(directBoot?.cmdline).toBe(
          "BOOT_IMAGE=/vmlinuz-6.1.0-1 root=UUID=11111111-2222-3333-4444-555555555555 ro console=ttyS0",
        );
        expect((await readFile(directBoot?.kernel ?? "")).subarray(0, 3).toString("latin1")).toBe("MZ\x07");
        expect((await readFile(directBoot?.initrd ?? "")).equals(Buffer.alloc(200_000, 9))).toBe(true);
        expect(directBoot?.region).toEqual(sampleRegion);
        // A guest that grows its last partition writes both partition tables and nothing of the region.
        await run("qemu-io", ["-f", "qcow2", "-c", "write 0 17k", "-c", "write 11M 1M", path]);
        const map = JSON.parse(await run("qemu-img", ["map", "--output=json", path])) as {
          start: number;
          length: number;
          depth: number;
        }[];
        const own = map.filter(({ depth }) => depth === 0);
        expect(own.length).toBeGreaterThan(0);
        const end = sampleRegion.start + sampleRegion.length;
        expect(own.every((range) => range.start + range.length <= sampleRegion.start || range.start >= end)).toBe(true);
      });

      it("boots by its firmware when the default is not certain", async () => {
        const into = await makeScratch();
        onTestFinished(() => rm(into, { recursive: true }));
        const grubConfig = (uuid: string) => sampleGrubConfig(uuid).replace('set default="0"', 'set default="1"');
        const root = await prepare(await makeDisk({ directory: into, grubConfig, compressed: false }));
        expect(root.directBoot).toBeUndefined();
        expect(await readdir(join(directory, "pools/default/images", disk.fingerprint))).toEqual([
          "disk.qcow2",
          "image.json",
        ]);
      });

      it("refuses a disk that needs another file", async () => {
        const overlay = join(scratch, "overlay.qcow2");
        await run("qemu-img", ["create", "-q", "-f", "qcow2", "-b", disk.rootfs, "-F", "qcow2", overlay]);
        const image = { ...disk, rootfs: overlay };
        await expect(pool.unpackImage(image, () => undefined, never)).rejects.toMatchObject({ code: "image_invalid" });
        expect(await readdir(join(directory, "pools/default/images"))).toEqual([]);
      });
    });
  });
}

interface Timed {
  before(): Promise<unknown>;
  task(): Promise<unknown>;
}

/** Milliseconds each task takes, the middle of nine rounds; side by side, as other work on the machine comes and goes. */
async function medianTimes(tasks: readonly Timed[]): Promise<number[]> {
  const times = tasks.map((): number[] => []);
  for (let round = 0; round < 9; round++)
    for (const [index, { before, task }] of tasks.entries()) {
      await before();
      const begin = performance.now();
      await task();
      times[index]?.push(performance.now() - begin);
    }
  return times.map((each) => each.toSorted((a, b) => a - b)[4] ?? 0);
}
