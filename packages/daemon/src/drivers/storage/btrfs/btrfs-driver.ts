/** Pools on btrfs: in a file of their own, on a device of their own, or in a directory of one that the host has. */
import { mkdir, rmdir, stat } from "node:fs/promises";
import type { Config } from "@lodge/api";
import { LodgeError, parseSize } from "@lodge/api";
import type { PoolDefinition, PoolDriver, StorageDriver } from "@lodge/core";
import type { Logger } from "pino";
import { unbind } from "../../../system/bind-mount.ts";
import { isMounted, mountClone, unmount } from "../../../system/mounts.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { run } from "../../../system/run.ts";
import { isOnBtrfs } from "../../../system/subvolumes.ts";
import { requireMark, writeMark } from "../file-pool/mark.ts";
import { emptyPool, invalidSource, isOwn, requireEmptyDirectory } from "../file-pool/source-directory.ts";
import { openBtrfsPool } from "./btrfs-pool.ts";
import { makeFileSystem, mountFileSystem, requireLabel } from "./file-system.ts";
import { defaultSize, freeBytes, loopDeviceOf, removeFile, reserveFile, withLoopDevice } from "./loop-file.ts";
import { type Place, placeOf } from "./place.ts";
import { enableQuotas, hasQuotas } from "./qgroups.ts";
import { readLabel } from "./superblock.ts";

/** Milliseconds for what still uses a pool that is to go. */
const patience = 5_000;

export interface BtrfsDriverOptions {
  readonly paths: LodgePaths;
  readonly log: Logger;
}

export function createBtrfsDriver(options: BtrfsDriverOptions): StorageDriver {
  return new BtrfsDriver(options);
}

class BtrfsDriver implements StorageDriver {
  readonly #paths: LodgePaths;
  readonly #log: Logger;

  constructor({ paths, log }: BtrfsDriverOptions) {
    this.#paths = paths;
    this.#log = log;
  }

  async create({ name, config }: PoolDefinition): Promise<Config> {
    const place = this.#place(name, config);
    refuseForeignKeys(name, place, config);
    switch (place.kind) {
      case "file":
        return this.#createFile(name, place.path, config);
      case "device":
        await requireDevice(place.path);
        await makeFileSystem(place.path, this.#label(name), config["source.wipe"] === "true");
        return config;
      case "directory":
        await requireEmptyDirectory(place.path, this.#paths.root);
        if (!(await isOnBtrfs(place.path))) throw invalidSource(place.path, "it does not lie on a btrfs");
        await writeMark(place.path, this.#mark(name));
        return config;
    }
  }

  async open({ name, config }: PoolDefinition): Promise<PoolDriver> {
    const directory = this.#paths.pool(name);
    await mkdir(directory, { recursive: true, mode: 0o711 });
    const place = this.#place(name, config);
    if (place.kind === "directory") await requireMark(place.path, this.#mark(name));
    if (!(await isMounted(directory))) await this.#mount(name, place, directory, config);
    if (place.kind !== "directory" && !(await hasQuotas(directory))) await enableQuotas(directory);
    return openBtrfsPool(directory, this.#log.child({ pool: name }));
  }

  async change({ name, config }: PoolDefinition, before: Config): Promise<void> {
    const place = this.#place(name, config);
    refuseForeignKeys(name, place, config);
    if (place.kind !== "file" || config["size"] === before["size"]) return;
    const [size, old] = [parseSize(config["size"] ?? ""), parseSize(before["size"] ?? "") ?? 0];
    if (size === undefined || size < old) {
      throw new LodgeError({
        code: "config_value_invalid",
        message: `Storage pool ${name} cannot become smaller than it is (${before["size"]}).`,
      });
    }
    await reserveFile(place.path, size);
    const device = await loopDeviceOf(place.path);
    if (device !== undefined) await run("losetup", ["--set-capacity", device], { code: "pool_failed" });
    await run("btrfs", ["filesystem", "resize", "max", this.#paths.pool(name)], { code: "pool_failed" });
  }

  async remove({ name, config }: PoolDefinition): Promise<void> {
    const directory = this.#paths.pool(name);
    const place = this.#place(name, config);
    if (place.kind === "directory") {
      unbind(directory);
      if (await isOwn(place.path, this.#mark(name))) await emptyPool(place.path);
    } else {
      if ((await isMounted(directory)) && !(await unmount(directory, patience))) throw stillUsed(name);
      if (place.kind === "file") await removeFile(place.path);
      else if ((await readLabel(place.path).catch(() => undefined)) === this.#label(name))
        await run("wipefs", ["--all", "--quiet", place.path], { code: "pool_failed" });
    }
    await rmdir(directory).catch(() => undefined);
  }

  async #createFile(name: string, path: string, config: Config): Promise<Config> {
    const size = parseSize(config["size"] ?? "") ?? defaultSize(await freeBytes(this.#paths.root));
    await reserveFile(path, size);
    await makeFileSystem(path, this.#label(name), true);
    return { ...config, size: config["size"] ?? `${size / 2 ** 30}GiB` };
  }

  async #mount(name: string, place: Place, directory: string, config: Config): Promise<void> {
    const options = config["btrfs.mount_options"];
    if (place.kind === "directory") return mountClone({ source: place.path, target: directory, readOnly: false });
    await requireLabel(place.path, this.#label(name));
    // What is discarded would be taken from the file, and might not be had again.
    if (place.kind === "file")
      await withLoopDevice(place.path, (device) => mountFileSystem(device, directory, ["nodiscard", options]));
    else await mountFileSystem(place.path, directory, [options]);
  }

  #place(name: string, config: Config): Place {
    return placeOf(config, this.#paths.disk(name));
  }

  /** The mark of a pool that has a file system of its own. */
  #label(pool: string): string {
    return `lodge-${this.#paths.tag}-${pool}`;
  }

  #mark(pool: string) {
    return { lodge: this.#paths.tag, pool };
  }
}

async function requireDevice(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isBlockDevice()) throw invalidSource(path, found ? "it is no block device" : "it does not exist");
}

/** A key that would mean nothing is refused, as an unknown one is. */
function refuseForeignKeys(name: string, place: Place, config: Config): void {
  const foreign = {
    file: ["source.wipe"],
    device: ["size"],
    directory: ["size", "source.wipe", "btrfs.mount_options"],
  }[place.kind].find((key) => config[key] !== undefined);
  if (foreign === undefined) return;
  throw new LodgeError({
    code: "config_value_invalid",
    message: `"${foreign}" means nothing for storage pool ${name}, which lies ${{ file: "in a file of its own", device: "on a device", directory: "in a directory" }[place.kind]}; leave it out.`,
  });
}

function stillUsed(name: string): LodgeError {
  return new LodgeError({
    code: "pool_failed",
    message: `Storage pool "${name}" is still in use by something on the host, so it was not removed.`,
  });
}
