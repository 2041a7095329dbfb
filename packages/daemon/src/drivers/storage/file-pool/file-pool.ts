/** A pool that lies on a file system: disks are files, and containers' roots what its driver makes them. */
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
  RootStreams,
  RootUsage,
  SnapshotId,
} from "@lodge/core";
import type { Logger } from "pino";
import { syncFileSystem } from "../../../system/durable.ts";
import { listMounts } from "../../../system/mounts.ts";
import { makeBaseDisk } from "./base-disk.ts";
import { PoolBooks } from "./books.ts";
import { unmountContainerRoot } from "./container-mount.ts";
import { DiskCompaction } from "./disk-compaction.ts";
import { DiskRoots } from "./disk-roots.ts";
import { DiskSealing } from "./disk-sealing.ts";
import { FileVolumes } from "./file-volumes.ts";
import { containerLayout, imageLayout, PoolLayout } from "./layout.ts";
import { adoptOlderDisk } from "./older-disk.ts";
import { type RootRecord, readImageRecord, withSnapshots } from "./records.ts";
import { cancelled, differentImage } from "./refusals.ts";
import { Remembered } from "./remembered.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import type { ContainerKeeping, RootCompaction, Roots } from "./roots.ts";
import { FileSnapshots } from "./snapshots.ts";
import { asSpaceError, poolUsage } from "./space.ts";
import { StateDirectories } from "./state-directories.ts";
import { Turns } from "./turns.ts";
import { unpackLayer } from "./unpack-layer.ts";
import type { VolumeTrees } from "./volume-trees.ts";
import { makeWhole } from "./whole-directory.ts";

export interface FilePoolOptions {
  /** As `info()` tells it. */
  readonly driver: string;
  /** Where the pool lies. */
  readonly directory: string;
  readonly log: Logger;
  readonly containers: (books: PoolBooks) => ContainerKeeping;
  readonly volumeTrees: VolumeTrees;
}

export class FilePool implements PoolDriver {
  readonly snapshots: FileSnapshots;
  readonly states: StateDirectories;
  readonly volumes: FileVolumes;
  readonly streams?: RootStreams;
  readonly #driver: string;
  readonly #layout: PoolLayout;
  readonly #log: Logger;
  readonly #books: PoolBooks;
  readonly #containers: ContainerKeeping;
  readonly #roots: Readonly<Record<RootRecord["type"], Roots>>;
  readonly #compactionOf: (record: RootRecord) => RootCompaction | undefined;
  readonly #usages = new Remembered<string, RootUsage>();
  /** By root and by image. */
  readonly #turns = new Turns((key) => this.#usages.forget(key));

  constructor({ driver, directory, log, containers, volumeTrees }: FilePoolOptions) {
    const layout = new PoolLayout(directory);
    this.#driver = driver;
    this.#layout = layout;
    this.#log = log;
    this.#books = new PoolBooks(layout, log);
    this.#containers = containers(this.#books);
    if (this.#containers.streams) this.streams = this.#containers.streams;
    const sealing = new DiskSealing(this.#books);
    const disks = new DiskRoots(this.#books, sealing);
    this.#roots = { container: this.#containers, "virtual-machine": disks };
    const rootsOf = ({ type }: RootRecord) => this.#roots[type];
    this.volumes = new FileVolumes({ directory: join(directory, "volumes"), trees: volumeTrees, log });
    this.states = new StateDirectories((id) => layout.memory(id));
    const diskCompaction = new DiskCompaction(this.#books, sealing);
    this.#compactionOf = ({ type }) => (type === "container" ? this.#containers.compaction : diskCompaction);
    const compactionOf = this.#compactionOf;
    this.snapshots = new FileSnapshots({ books: this.#books, turns: this.#turns, rootsOf, compactionOf });
  }

  async info(): Promise<PoolInfo> {
    await this.#books.makeDirectories();
    const problem = await this.#containers.sizeProblem();
    return {
      driver: this.#driver,
      containerCopies: await this.#containers.copies(),
      containerSize: problem === undefined,
      ...(problem !== undefined && { containerSizeReason: problem }),
      compaction: true,
      ...(this.streams && { streams: this.#driver }),
    };
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
      if (image.type === "container") await unpackLayer(image, layout, this.#containers, progress, signal);
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
        await this.#books.layers.orSweep(() => this.#roots[request.type].copy(copy, source, request));
      }),
    );
  }

  replaceRoot(request: RootRequest): Promise<void> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      await this.#books.layers.orSweep(() => this.#roots[request.type].replace(request, record));
    });
  }

  fillRoot(request: RootRequest, from: PreparedRoot, signal: AbortSignal): Promise<void> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      await this.#roots[record.type].fill(request, record, from, signal).catch((error: unknown) => {
        throw asSpaceError(error, "Filling the root");
      });
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
      await this.#settle(id, await this.#readable(id));
    });
  }

  async settleRoots(ids: readonly InstanceId[]): Promise<void> {
    // One look at all mounts: of hardly any root there is one.
    const mounted = new Set((await listMounts(this.#layout.roots)).map(({ target }) => this.#layout.rootOf(target)));
    for (const id of ids) {
      const record = mounted.has(id) ? undefined : await this.#readable(id);
      if (mounted.has(id) || record?.type === "virtual-machine") await this.settleRoot(id);
    }
  }

  removeRoot(id: InstanceId): Promise<void> {
    return this.#turns.take(id, async () => {
      const record = await this.#readable(id);
      await this.#settle(id, record);
      if (record) await this.#roots[record.type].remove(id, record);
      else await removeNamed(this.#layout.container(id).directory);
    });
  }

  /** A root whose record is damaged can be settled and removed all the same. */
  async #readable(id: InstanceId): Promise<RootRecord | undefined> {
    try {
      return await this.#books.findRoot(id);
    } catch (error) {
      this.#log.error({ instance: id, err: error }, "the record of a root is damaged");
      return undefined;
    }
  }

  /** Without a record there may be mounts all the same. */
  async #settle(id: InstanceId, record: RootRecord | undefined): Promise<void> {
    if (record) await this.#roots[record.type].settle(id, record);
    else await unmountContainerRoot(this.#layout.container(id), this.#log);
  }

  rootUsage(id: InstanceId, maxAge = 0): Promise<RootUsage> {
    return this.#usages.of(id, maxAge, async () => {
      const record = await this.#books.root(id);
      const [bytes, chain] = await Promise.all([
        this.#roots[record.type].usage(id, record),
        this.#compactionOf(record)?.chain(id, record),
      ]);
      return { bytes, ...(chain && chain.layers > 0 && { layers: chain.layers }) };
    });
  }

  async reconcile(
    roots: ReadonlyMap<InstanceId, readonly SnapshotId[]>,
    fingerprints: readonly string[],
  ): Promise<void> {
    await this.#books.makeDirectories();
    const wantedImages = new Set(fingerprints);
    let damaged = false;
    for (const name of await readdir(this.#layout.roots)) {
      if (!roots.has(name as InstanceId)) await this.#removeUnknown(join(this.#layout.roots, name));
    }
    for (const [id, snapshots] of roots) {
      try {
        const fingerprint = await this.#settleRecord(id, snapshots);
        // An image that a root stands on is kept, whoever forgot it.
        if (fingerprint !== undefined) wantedImages.add(fingerprint);
      } catch (error) {
        this.#log.error({ instance: id, err: error }, "the record of a root is damaged");
        damaged = true;
      }
    }
    await this.#books.layers.clearUp();
    // What it stands on cannot be told.
    if (damaged) return;
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
    await this.#roots[record.type].recover?.(id, record);
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
