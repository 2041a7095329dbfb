/** The storage pool that needs nothing but a directory. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type {
  IdRange,
  ImageFiles,
  InstanceId,
  PoolDriver,
  PoolInfo,
  PoolUsage,
  PreparedRoot,
  Progress,
  RootRequest,
} from "@lodge/core";
import type { Logger } from "pino";
import type { LodgePaths } from "../../../system/paths.ts";
import { run } from "../../../system/run.ts";
import { makeBaseDisk } from "./base-disk.ts";
import {
  containerUsage,
  copyContainerData,
  makeContainerRoot,
  mountContainerRoot,
  unmountContainerRoot,
} from "./container-root.ts";
import { copyDiskRoot, diskUsage, makeDiskRoot, prepareDiskRoot } from "./disk-root.ts";
import {
  type ContainerLayout,
  containerLayout,
  DirLayout,
  diskLayout,
  type ImageLayout,
  imageLayout,
} from "./layout.ts";
import { type ImageRecord, type RootRecord, readImageRecord, readRootRecord, writeRecord } from "./records.ts";
import {
  cancelled,
  differentImage,
  imageMismatch,
  imageMissing,
  noContainerSize,
  rootExists,
  rootMissing,
  sizeTooSmall,
  sizeUnsupported,
} from "./refusals.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import { type SizeLimits, sizeLimits } from "./size-limit.ts";
import { poolUsage, requireSpace } from "./space.ts";
import { Turns } from "./turns.ts";
import { unpackLayer } from "./unpack-layer.ts";
import { makeWhole } from "./whole-directory.ts";

export interface DirPoolOptions {
  readonly paths: LodgePaths;
  /** Of the pool: it lies in `paths.pool(name)`. */
  readonly name: string;
  readonly log: Logger;
}

export function createDirPool({ paths, name, log }: DirPoolOptions): PoolDriver {
  return new DirPool(new DirLayout(paths.pool(name)), log.child({ pool: name }));
}

/** Bytes without which a root would fail at its first write. */
const leastRoom = 16 * 1024 ** 2;

class DirPool implements PoolDriver {
  readonly #layout: DirLayout;
  readonly #log: Logger;
  readonly #limits: SizeLimits;
  readonly #turns = new Turns();

  constructor(layout: DirLayout, log: Logger) {
    this.#layout = layout;
    this.#log = log;
    this.#limits = sizeLimits(layout.root);
  }

  async info(): Promise<PoolInfo> {
    await this.#makeDirectories();
    if (await this.#limits.supported()) return { driver: "dir", containerSize: true };
    return { driver: "dir", containerSize: false, containerSizeReason: noContainerSize };
  }

  async usage(): Promise<PoolUsage> {
    await this.#makeDirectories();
    return poolUsage(this.#layout.root);
  }

  unpackImage(image: ImageFiles, progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#turns.take(image.fingerprint, async () => {
      if (signal.aborted) throw cancelled(image);
      const { directory, record } = this.#layout.image(image.fingerprint);
      if (!(await readImageRecord(record))) {
        await this.#makeDirectories();
        // QEMU, which is not root, reads a base disk; a layer is only reached through mounts.
        const mode = image.type === "container" ? 0o700 : 0o711;
        const what = `Unpacking image ${image.fingerprint.slice(0, 12)}`;
        await makeWhole({ path: directory, mode, what }, (partial) => this.#unpack(image, partial, progress, signal));
      }
      progress(100);
    });
  }

  async #unpack(image: ImageFiles, directory: string, progress: Progress, signal: AbortSignal): Promise<void> {
    const layout = imageLayout(directory);
    try {
      if (image.type === "container") await unpackLayer(image, layout, progress, signal);
      else await makeBaseDisk(image, layout, this.#log, progress, signal);
      await run("sync", ["--file-system", directory], { timeout: 600_000, signal, code: "pool_failed" });
    } catch (error) {
      throw signal.aborted ? cancelled(image) : error;
    }
  }

  removeImage(fingerprint: string): Promise<void> {
    return this.#turns.take(fingerprint, () => removeNamed(this.#layout.image(fingerprint).directory));
  }

  createRoot(request: RootRequest): Promise<void> {
    return this.#makeRoot(request, async (directory, image) => {
      if (request.type === "virtual-machine") return makeDiskRoot(diskLayout(directory), request, image);
      return this.#makeContainerRoot(containerLayout(directory), request);
    });
  }

  copyRoot(from: InstanceId, request: RootRequest): Promise<void> {
    return this.#makeRoot(request, async (directory) => {
      const source = await this.#rootRecord(from);
      if (source.fingerprint !== request.fingerprint || source.type !== request.type)
        throw differentImage(from, request);
      if (request.type === "virtual-machine")
        return copyDiskRoot(this.#layout.disk(from), diskLayout(directory), request);
      const layout = containerLayout(directory);
      const needed = await containerUsage(this.#layout.container(from));
      // The kernel would let the host's root write past a project's limit.
      if (request.size !== undefined && request.size < needed) throw sizeTooSmall(request, needed);
      await requireSpace(directory, needed, "Copying the root");
      await this.#makeContainerRoot(layout, request);
      await copyContainerData(this.#layout.container(from), layout);
    });
  }

  /** The limit holds from the first byte, also while a copy is written. */
  #makeContainerRoot(layout: ContainerLayout, { id, fingerprint, size }: RootRequest): Promise<void> {
    return makeContainerRoot(layout, this.#imageLayout(fingerprint), async (data) => {
      if (!(await this.#limits.supported())) return;
      await this.#limits.count(data, id);
      await this.#limits.set(id, size);
    });
  }

  prepareRoot(request: RootRequest, ids: IdRange): Promise<PreparedRoot> {
    return this.#turns.take(request.id, async () => {
      const { fingerprint, type, counted } = await this.#rootRecord(request.id);
      const image = this.#imageLayout(fingerprint);
      if (type === "virtual-machine") {
        const record = await this.#imageRecord(fingerprint, type);
        const base = image && { ...image, ...record };
        return prepareDiskRoot(this.#layout.disk(request.id), request, ids, base);
      }
      if (counted) await this.#limits.set(request.id, request.size);
      else if (request.size !== undefined) throw sizeUnsupported(request);
      const layout = this.#layout.container(request.id);
      await mountContainerRoot(layout, image, ids, this.#log);
      return { kind: "directory", path: layout.rootfs };
    });
  }

  settleRoot(id: InstanceId): Promise<void> {
    return this.#turns.take(id, () => unmountContainerRoot(this.#layout.container(id), this.#log));
  }

  removeRoot(id: InstanceId): Promise<void> {
    return this.#turns.take(id, async () => {
      const layout = this.#layout.container(id);
      const record = await readRootRecord(layout.record);
      await unmountContainerRoot(layout, this.#log);
      await removeNamed(layout.directory);
      if (record?.counted) await this.#limits.set(id);
    });
  }

  async rootUsage(id: InstanceId): Promise<number> {
    const { type } = await this.#rootRecord(id);
    return type === "container" ? containerUsage(this.#layout.container(id)) : diskUsage(this.#layout.disk(id));
  }

  async reconcile(instances: readonly InstanceId[], fingerprints: readonly string[]): Promise<void> {
    await this.#makeDirectories();
    const wantedRoots = new Set<string>(instances);
    const wantedImages = new Set(fingerprints);
    for (const name of await readdir(this.#layout.roots)) {
      if (!wantedRoots.has(name)) await this.#removeUnknown(join(this.#layout.roots, name));
    }
    // An image that a root stands on is kept, whoever forgot it.
    for (const id of instances) {
      const record = await readRootRecord(this.#layout.container(id).record);
      if (record?.fingerprint !== undefined) wantedImages.add(record.fingerprint);
      if (!record) this.#log.warn({ instance: id }, "an instance has no root in its pool");
    }
    for (const name of await readdir(this.#layout.images)) {
      if (!wantedImages.has(name)) await this.#removeUnknown(join(this.#layout.images, name));
    }
  }

  /** What cannot be removed now is tried again at the next start; the daemon does without. */
  async #removeUnknown(directory: string): Promise<void> {
    this.#log.info({ directory }, "removing what no instance or image owns");
    try {
      await unmountContainerRoot(containerLayout(directory), this.#log);
      await removeTree(directory);
    } catch (error) {
      this.#log.error({ err: error, directory }, "what no instance or image owns could not be removed");
    }
  }

  #makeRoot(request: RootRequest, fill: (directory: string, image?: ImageRecord) => Promise<void>): Promise<void> {
    return this.#turns.take(request.id, async () => {
      await this.#makeDirectories();
      const counted = request.type === "container" && (await this.#limits.supported());
      if (request.type === "container" && request.size !== undefined && !counted) throw sizeUnsupported(request);
      const image = await this.#imageRecord(request.fingerprint, request.type);
      const { directory, record } = this.#layout.container(request.id);
      if (await readRootRecord(record)) throw rootExists(request.id);
      await makeWhole({ path: directory, mode: 0o700, what: `Making the root of ${request.id}` }, async (partial) => {
        await requireSpace(partial, leastRoom, "A new root");
        await fill(partial, image);
        const { type, fingerprint } = request;
        const record = { type, ...(fingerprint !== undefined && { fingerprint }), counted };
        await writeRecord(containerLayout(partial).record, record);
      });
    });
  }

  async #makeDirectories(): Promise<void> {
    for (const directory of [this.#layout.root, this.#layout.images, this.#layout.roots]) {
      await mkdir(directory, { recursive: true, mode: 0o711 });
    }
  }

  async #rootRecord(id: InstanceId): Promise<RootRecord> {
    const record = await readRootRecord(this.#layout.container(id).record);
    if (!record) throw rootMissing(id, this.#layout.roots);
    return record;
  }

  #imageLayout(fingerprint: string | undefined): ImageLayout | undefined {
    return fingerprint === undefined ? undefined : this.#layout.image(fingerprint);
  }

  async #imageRecord(fingerprint: string | undefined, type: RootRecord["type"]): Promise<ImageRecord | undefined> {
    if (fingerprint === undefined) return undefined;
    const record = await readImageRecord(this.#layout.image(fingerprint).record);
    if (!record) throw imageMissing(fingerprint, this.#layout.images);
    if (record.type !== type) throw imageMismatch(fingerprint, record.type, type);
    return record;
  }
}
