/** What btrfs pools lie on: files, devices, directories of a btrfs. Needs root. */
import { access, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { DirectoryRoot, InstanceId, StorageDriver } from "@lodge/core";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { detach, isMounted, listMounts } from "../../../system/mounts.ts";
import { run } from "../../../system/run.ts";
import { createSubvolume } from "../../../system/subvolumes.ts";
import { makeScratch } from "../file-pool/testing/pool-host.ts";
import { usageOf } from "./qgroups.ts";
import { btrfsProblem, driverIn } from "./testing/btrfs-kind.ts";

const problem = await btrfsProblem();
const mebibyte = 2 ** 20;
const id = "00000001" as InstanceId;
const ids = { base: 1_065_536, size: 65_536, owner: 1_065_536 };

let directory: string;
let driver: StorageDriver;
let mountPoint: string;

const unavailable = (message: RegExp) =>
  expect.objectContaining({ code: "pool_unavailable", message: expect.stringMatching(message) });
const invalidSource = (message: RegExp) =>
  expect.objectContaining({ code: "pool_source_invalid", message: expect.stringMatching(message) });
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

beforeEach(async ({ skip }) => {
  skip(problem !== undefined, problem);
  directory = await makeScratch();
  await mkdir(join(directory, "pools"), { mode: 0o711 });
  driver = driverIn(directory);
  mountPoint = join(directory, "pools/p");
  onTestFinished(async () => {
    for (const { target } of await listMounts(directory)) detach(target);
    await rm(directory, { recursive: true, force: true });
  });
});

describe("a pool in a file", () => {
  const file = () => join(directory, "disks/p.img");
  const pool = { name: "p", config: { size: "256MiB" } };

  it("gives a root more that is full to the last byte", async () => {
    await driver.create(pool);
    const opened = await driver.open(pool);
    const root = { id, type: "container" } as const;
    await opened.createRoot(root);
    const { path } = (await opened.prepareRoot(root, ids)) as DirectoryRoot;
    await writeFile(join(path, "much"), Buffer.alloc(8 * mebibyte));
    await run("sync", ["--file-system", path]);
    await opened.prepareRoot({ ...root, size: (await usageOf(path)).referenced }, ids);
    await expect(writeFile(join(path, "more"), "")).rejects.toMatchObject({ errno: -constants.errno.EDQUOT });
    await opened.prepareRoot({ ...root, size: 16 * mebibyte }, ids);
    await writeFile(join(path, "more"), Buffer.alloc(mebibyte));
  });

  it("is made, opened again, made larger and removed", async () => {
    expect(await driver.create(pool)).toEqual(pool.config);
    // All of it is the pool's from the beginning.
    expect((await stat(file())).blocks * 512).toBeGreaterThanOrEqual(256 * mebibyte);
    const opened = await driver.open(pool);
    expect(await opened.info()).toMatchObject({ driver: "btrfs", containerCopies: "instant", containerSize: true });
    const larger = { name: "p", config: { size: "384MiB" } };
    await driver.change(larger, pool.config);
    expect((await opened.usage()).total).toBe(384 * mebibyte);
    await expect(driver.change(pool, larger.config)).rejects.toMatchObject({ code: "config_value_invalid" });
    await run("umount", [mountPoint]);
    const again = await driverIn(directory).open(larger);
    await again.createRoot({ id, type: "container" });
    await driver.remove(larger);
    await driver.remove(larger);
    expect(await isThere(file())).toBe(false);
    expect(await isThere(mountPoint)).toBe(false);
  });

  it("is refused where it does not fit, and leaves nothing", async () => {
    const huge = { name: "p", config: { size: "900TiB" } };
    await expect(driver.create(huge)).rejects.toMatchObject({ code: "pool_full" });
    expect(await readdir(join(directory, "disks"))).toEqual([]);
  });

  it("whose file is missing or another's says so", async () => {
    await driver.create(pool);
    await rename(file(), `${file()}.away`);
    await expect(driver.open(pool)).rejects.toEqual(unavailable(/p\.img is missing/));
    await writeFile(file(), Buffer.alloc(mebibyte));
    await expect(driver.open(pool)).rejects.toEqual(unavailable(/holds no btrfs/));
    await run("truncate", ["--size=256M", file()]);
    await run("mkfs.btrfs", ["--quiet", "--force", "--label", "mine", file()]);
    await expect(driver.open(pool)).rejects.toEqual(unavailable(/holds the btrfs "mine", and not the pool/));
  });

  it("removes roots in which somebody made subvolumes", async () => {
    await driver.create(pool);
    const opened = await driver.open(pool);
    const request = { id, type: "container" } as const;
    await opened.createRoot(request);
    const root = await opened.prepareRoot(request, ids);
    await createSubvolume(join(mountPoint, "roots", id, "data/tree/inner"));
    await createSubvolume(join(mountPoint, "roots", id, "data/tree/inner/most"));
    expect(await isThere(join(root.path, "inner/most"))).toBe(true);
    await opened.removeRoot(id);
    expect(await readdir(join(mountPoint, "roots"))).toEqual([]);
    expect(await run("btrfs", ["subvolume", "list", mountPoint])).toBe("");
  });
});

describe("a pool on a device", () => {
  async function makeDevice(): Promise<string> {
    const image = join(directory, "device.img");
    await run("truncate", ["--size=256M", image]);
    const device = await run("losetup", ["--find", "--show", image]);
    onTestFinished(async () => {
      await run("losetup", ["--detach", device]);
    });
    return device;
  }

  it("takes what is empty, and what holds something only when told to wipe it", async () => {
    const source = await makeDevice();
    await run("mke2fs", ["-q", "-t", "ext4", source]);
    const pool = { name: "p", config: { source } };
    await expect(driver.create(pool)).rejects.toEqual(invalidSource(/holds a .*ext4.*source\.wipe=true/));
    // What a failed making is followed by.
    await driver.remove(pool);
    expect(await run("blkid", ["-p", "-o", "value", "-s", "TYPE", source])).toBe("ext4");
    const wiped = { name: "p", config: { source, "source.wipe": "true" } };
    await driver.create(wiped);
    await driver.open(wiped);
    await expect(driver.create({ name: "q", config: wiped.config })).rejects.toEqual(invalidSource(/in use/));
    await driver.remove({ name: "q", config: wiped.config });
    expect(await isMounted(mountPoint)).toBe(true);
    await driver.remove(wiped);
    await expect(run("blkid", ["-p", source])).rejects.toThrow();
    await driver.create(pool);
  });

  it.each([
    ["/dev/null", /no block device/],
    ["/dev/nothing", /does not exist/],
  ])("is not made on %s", async (source, message) => {
    await expect(driver.create({ name: "p", config: { source } })).rejects.toEqual(invalidSource(message));
    await expect(driver.open({ name: "p", config: { source } })).rejects.toMatchObject({ code: "pool_unavailable" });
  });
});

describe("a pool in a directory of the host's", () => {
  it("shares the btrfs that it lies on, and leaves it as it was", async () => {
    const host = { name: "host", config: { size: "256MiB" } };
    await driver.create(host);
    await driver.open(host);
    const source = join(directory, "pools/host/sub");
    await createSubvolume(source);
    const other = await makeScratch();
    onTestFinished(async () => {
      for (const { target } of await listMounts(other)) detach(target);
      await rm(other, { recursive: true });
    });
    const [its, pool] = [driverIn(other), { name: "p", config: { source } }];
    await mkdir(join(other, "pools"), { mode: 0o711 });
    await its.create(pool);
    const opened = await its.open(pool);
    await opened.createRoot({ id, type: "container" });
    await expect(its.create({ name: "q", config: { source } })).rejects.toEqual(
      invalidSource(/belongs to the pool "p"/),
    );
    await expect(driver.open({ name: "p", config: { source } })).rejects.toEqual(unavailable(/another Lodge/));
    await driver.remove({ name: "p", config: { source } });
    expect(await readdir(join(source, "roots"))).toEqual([id]);
    await its.remove(pool);
    expect(await readdir(source)).toEqual([]);
  });

  it("is not made where there is no btrfs, or no empty directory", async () => {
    const source = await makeScratch();
    onTestFinished(() => rm(source, { recursive: true }));
    const make = (config: Record<string, string>) => driver.create({ name: "p", config });
    await expect(make({ source })).rejects.toEqual(invalidSource(/does not lie on a btrfs/));
    await expect(make({ source, size: "1GiB" })).rejects.toMatchObject({ code: "config_value_invalid" });
    await writeFile(join(source, "mine"), "");
    await expect(make({ source })).rejects.toEqual(invalidSource(/not empty \("mine"/));
    expect(await readdir(source)).toEqual(["mine"]);
  });
});
