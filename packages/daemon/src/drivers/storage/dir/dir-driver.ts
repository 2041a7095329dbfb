/** Pools in directories: in LODGE_DIR, or in one of the host's that then appears there. */
import { mkdir, rmdir } from "node:fs/promises";
import type { Config } from "@lodge/api";
import type { PoolDefinition, PoolDriver, StorageDriver } from "@lodge/core";
import type { Logger } from "pino";
import { unbind } from "../../../system/bind-mount.ts";
import { isMounted, mountClone } from "../../../system/mounts.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { type PoolMark, requireMark, writeMark } from "../file-pool/mark.ts";
import { removeNamed } from "../file-pool/remove-tree.ts";
import { emptyPool, isOwn, requireEmptyDirectory } from "../file-pool/source-directory.ts";
import { openDirPool } from "./dir-pool.ts";

export interface DirDriverOptions {
  readonly paths: LodgePaths;
  readonly log: Logger;
}

export function createDirDriver(options: DirDriverOptions): StorageDriver {
  return new DirDriver(options);
}

class DirDriver implements StorageDriver {
  readonly #paths: LodgePaths;
  readonly #log: Logger;

  constructor({ paths, log }: DirDriverOptions) {
    this.#paths = paths;
    this.#log = log;
  }

  async create({ name, config }: PoolDefinition): Promise<Config> {
    const { source } = config;
    if (source === undefined) {
      await mkdir(this.#paths.pool(name), { mode: 0o711 });
      return config;
    }
    await requireEmptyDirectory(source, this.#paths.root);
    await writeMark(source, this.#mark(name));
    return config;
  }

  async open({ name, config }: PoolDefinition): Promise<PoolDriver> {
    const directory = this.#paths.pool(name);
    const { source } = config;
    if (source !== undefined) {
      await requireMark(source, this.#mark(name));
      // A mount of its own: instances reach it whatever lies above the source, and it stays what it is while it is used.
      await mkdir(directory, { recursive: true, mode: 0o711 });
      if (!(await isMounted(directory))) mountClone({ source, target: directory, readOnly: false });
    }
    return openDirPool(directory, this.#log.child({ pool: name }));
  }

  async change(): Promise<void> {
    // None of its keys means anything to the host once the pool stands.
  }

  async remove({ name, config }: PoolDefinition): Promise<void> {
    const directory = this.#paths.pool(name);
    const { source } = config;
    if (source === undefined) return removeNamed(directory);
    unbind(directory);
    if (await isOwn(source, this.#mark(name))) await emptyPool(source);
    await rmdir(directory).catch(() => undefined);
  }

  #mark(pool: string): PoolMark {
    return { lodge: this.#paths.tag, pool };
  }
}
