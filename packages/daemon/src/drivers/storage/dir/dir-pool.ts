/** The storage pool that needs nothing but a directory. */
import { readdir } from "node:fs/promises";
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
  RootCopy,
  RootRequest,
  SnapshotId,
} from "@lodge/core";
import type { Logger } from "pino";
import { syncFileSystem } from "../../../system/durable.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { makeBaseDisk } from "../file-pool/base-disk.ts";
import { PoolBooks } from "../file-pool/books.ts";
import { DiskRoots } from "../file-pool/disk-roots.ts";
import { DiskSealing } from "../file-pool/disk-sealing.ts";
import { containerLayout, DirLayout, imageLayout } from "../file-pool/layout.ts";
import { adoptOlderDisk } from "../file-pool/older-disk.ts";
import { type RootRecord, readImageRecord, withSnapshots } from "../file-pool/records.ts";
import { cancelled, differentImage, noContainerSize } from "../file-pool/refusals.ts";
import { removeNamed, removeTree } from "../file-pool/remove-tree.ts";
import type { Roots } from "../file-pool/roots.ts";
import { DirSnapshots } from "../file-pool/snapshots.ts";
import { poolUsage } from "../file-pool/space.ts";
import { StateDirectories } from "../file-pool/state-directories.ts";
import { Turns } from "../file-pool/turns.ts";
import { unpackLayer } from "../file-pool/unpack-layer.ts";
import { makeWhole } from "../file-pool/whole-directory.ts";
import { unmountContainerRoot } from "./container-root.ts";
import { ContainerRoots } from "./container-roots.ts";
import { type SizeLimits, sizeLimits } from "./size-limit.ts";

export interface DirPoolOptions {
  readonly paths: LodgePaths;
  /** Of the pool: it lies in `paths.pool(name)`. */
  readonly name: string;
  readonly log: Logger;
}

export function createDirPool({ paths, name, log }: DirPoolOptions): PoolDriver {
  return new DirPool(new DirLayout(paths.pool(name)), log.child({ pool: name }));
}

class DirPool implements PoolDriver {
  readonly snapshots: DirSnapshots;
  readonly states: StateDirectories;
  readonly #layout: DirLayout;
  readonly #log: Logger;
  readonly #limits: SizeLimits;
  readonly #books: PoolBooks;
  readonly #roots: Readonly<Record<RootRecord["type"], Roots>>;
  /** By root and by image. */
  readonly #turns = new Turns();

  constructor(layout: DirLayout, log: Logger) {
    this.#layout = layout;
    this.#log = log;
    this.#limits = sizeLimits(layout.root);
    this.#books = new PoolBooks(layout, log);
    const sealing = new DiskSealing(this.#books);
    const disks = new DiskRoots(this.#books, sealing);
    this.#roots = { container: new ContainerRoots(this.#books, this.#limits), "virtual-machine": disks };
    const rootsOf = ({ type }: RootRecord) => this.#roots[type];
    this.states = new StateDirectories((id) => layout.memory(id));
    this.snapshots = new DirSnapshots({ books: this.#books, turns: this.#turns, rootsOf, sealing });
  }

  async info(): Promise<PoolInfo> {
    await this.#books.makeDirectories();
    const facts = { driver: "dir", compaction: true };
    if (await this.#limits.supported()) return { ...facts, containerSize: true };
    return { ...facts, containerSize: false, containerSizeReason: noContainerSize };
  }

  async usage(): Promise<PoolUsage> {
    await this.#books.makeDirectories();
    return poolUsage(this.#layout.root);
  }

  unpackImage(image: ImageFiles, progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#turns.take(image.fingerprint, async () => {
      if (signal.aborted) throw cancelled(image);
      const { directory, record } = this.#layout.image(image.fingerprint);
      if (!(await readImageRecord(record))) {
        await this.#books.makeDirectories();
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
      await syncFileSystem(directory, signal);
    } catch (error) {
      throw signal.aborted ? cancelled(image) : error;
    }
  }

  removeImage(fingerprint: string): Promise<void> {
    return this.#turns.take(fingerprint, () => removeNamed(this.#layout.image(fingerprint).directory));
  }

  createRoot(request: RootRequest): Promise<void> {
    return this.#turns.take(request.id, () => this.#roots[request.type].create(request));
  }

  copyRoot(copy: RootCopy, request: RootRequest): Promise<void> {
    // The copy's turn is taken first everywhere: nobody else can wait for a root that does not exist yet.
    return this.#turns.take(request.id, () =>
      this.#turns.take(copy.from, async () => {
        const source = await this.#books.root(copy.from);
        if (source.fingerprint !== request.fingerprint || source.type !== request.type)
          throw differentImage(copy.from, request);
        await this.#roots[request.type].copy(copy, source, request);
      }),
    );
  }

  replaceRoot(request: RootRequest): Promise<void> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      await this.#roots[request.type].replace(request, record);
    });
  }

  prepareRoot(request: RootRequest, ids: IdRange): Promise<PreparedRoot> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      return this.#roots[record.type].prepare(request, record, ids);
    });
  }

  settleRoot(id: InstanceId): Promise<void> {
    return this.#turns.take(id, async () => {
      await this.#settle(id, await this.#books.findRoot(id));
    });
  }

  removeRoot(id: InstanceId): Promise<void> {
    return this.#turns.take(id, async () => {
      const record = await this.#books.findRoot(id);
      await this.#settle(id, record);
      if (record) await this.#roots[record.type].remove(id, record);
      else await removeNamed(this.#layout.container(id).directory);
    });
  }

  /** Without a record there may be mounts all the same. */
  async #settle(id: InstanceId, record: RootRecord | undefined): Promise<void> {
    if (record) await this.#roots[record.type].settle(id, record);
    else await unmountContainerRoot(this.#layout.container(id), this.#log);
  }

  async rootUsage(id: InstanceId): Promise<number> {
    const record = await this.#books.root(id);
    return this.#roots[record.type].usage(id, record);
  }

  async reconcile(
    roots: ReadonlyMap<InstanceId, readonly SnapshotId[]>,
    fingerprints: readonly string[],
  ): Promise<void> {
    await this.#books.makeDirectories();
    const wantedImages = new Set(fingerprints);
    for (const name of await readdir(this.#layout.roots)) {
      if (!roots.has(name as InstanceId)) await this.#removeUnknown(join(this.#layout.roots, name));
    }
    for (const [id, snapshots] of roots) {
      const fingerprint = await this.#settleRecord(id, snapshots);
      // An image that a root stands on is kept, whoever forgot it.
      if (fingerprint !== undefined) wantedImages.add(fingerprint);
    }
    await this.#books.layers.clearUp();
    for (const name of await readdir(this.#layout.images)) {
      if (!wantedImages.has(name)) await this.#removeUnknown(join(this.#layout.images, name));
    }
  }

  /** Forgets the snapshots that are not named. Returns the image that the root stands on. */
  async #settleRecord(id: InstanceId, snapshots: readonly SnapshotId[]): Promise<string | undefined> {
    const found = await this.#books.findRoot(id);
    if (!found) {
      this.#log.warn({ instance: id }, "an instance has no root in its pool");
      return undefined;
    }
    const record = await adoptOlderDisk(this.#books, id, found);
    const kept = Object.entries(record.snapshots ?? {});
    const named = kept.filter(([snapshot]) => snapshots.includes(snapshot as SnapshotId));
    for (const snapshot of snapshots) {
      if (!record.snapshots?.[snapshot]) this.#log.warn({ instance: id, snapshot }, "a snapshot is not in its pool");
    }
    if (named.length < kept.length) await this.#books.putRoot(id, withSnapshots(record, Object.fromEntries(named)));
    return record.fingerprint;
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
}
