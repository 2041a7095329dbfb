/**
 * Roots of VMs: a chain of qcow2 files, each a layer, and the machine's state beside it. The topmost layer is written to and is one
 * root's alone; a snapshot or a copy seals it and puts an empty one on top.
 */
import {
  type DiskRoot,
  emptyDiskSize,
  type IdRange,
  type InstanceId,
  type LiveRoot,
  type PreparedRoot,
  type RootCopy,
  type RootRequest,
  type SnapshotOf,
} from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import { newRootRecord, type PoolBooks } from "./books.ts";
import {
  diskUsage,
  giveDisk,
  growDisk,
  lendDisk,
  makeDiskOver,
  ownerOf,
  pullDisk,
  sealDisk,
  takeBackDisk,
} from "./disk-file.ts";
import { type DiskSealing, makeTop, topOf } from "./disk-sealing.ts";
import type { NewLayer } from "./layers.ts";
import { type LayerId, machineState } from "./layout.ts";
import { copyState, openState, stageState, syncState } from "./machine-state.ts";
import { readQcow2Header } from "./qcow2-header.ts";
import type { RootRecord } from "./records.ts";
import { diskTooSmall, notOfThisType } from "./refusals.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import type { Roots } from "./roots.ts";
import { layerOf, snapshotsOf } from "./snapshot-layers.ts";

export class DiskRoots implements Roots {
  readonly #books: PoolBooks;
  readonly #sealing: DiskSealing;

  constructor(books: PoolBooks, sealing: DiskSealing) {
    this.#books = books;
    this.#sealing = sealing;
  }

  async create(request: RootRequest): Promise<void> {
    await this.#books.makeDirectories();
    await using top = await this.#fresh(request);
    await this.#books.newRoot(request, { ...newRootRecord(request), top: top.id });
    top.keep();
  }

  /** Nothing is copied: both stand on the same layer. */
  async copy(copy: RootCopy, source: RootRecord, request: RootRequest): Promise<void> {
    const { from, snapshot } = copy;
    const along = snapshotsOf(source, copy);
    const layer = snapshot
      ? layerOf(source, { root: from, snapshot })
      : await this.#sealing.seal(from, undefined, copy.live);
    const { virtualSize } = await this.#books.layers.header(layer);
    if (request.size !== undefined && request.size < virtualSize)
      throw diskTooSmall(request, virtualSize, "the root it is copied from");
    await using top = await makeTop(this.#books.layers, request.size ?? virtualSize, { layer });
    await this.#books.newRoot(request, { ...newRootRecord(request), ...along, top: top.id }, async (directory) => {
      await copyState(this.#books.layers.at(layer).state, machineState(directory));
      await syncState(machineState(directory));
    });
    top.keep();
  }

  async replace(request: RootRequest, record: RootRecord): Promise<void> {
    await using top = await this.#fresh(request);
    await this.#exchangeTop(request.id, record, newRootRecord(request), top);
    await removeTree(this.#books.layout.machineState(request.id));
  }

  /** A disk on the other one, which then takes from it all in which that differs from what the root stands on. */
  async fill(request: RootRequest, record: RootRecord, from: PreparedRoot, signal: AbortSignal): Promise<void> {
    if (from.kind !== "disk") throw notOfThisType(request.id);
    const { layers, layout } = this.#books;
    const { virtualSize } = await readQcow2Header(from.path);
    const base = await layers.baseOf(topOf(record, request.id));
    await using staged = await stageState(from.state, layout.machineState(request.id));
    await using top = await layers.make("Filling a disk", async ({ disk }) => {
      await makeDiskOver(disk, Math.max(request.size ?? 0, virtualSize), from.path);
      await pullDisk(disk, base, signal);
      await syncPath(disk);
    });
    await this.#exchangeTop(request.id, record, record, top);
    await staged.place();
    await syncState(layout.machineState(request.id));
  }

  async prepare(request: RootRequest, record: RootRecord, ids: IdRange): Promise<DiskRoot> {
    const { layers } = this.#books;
    const [top, ...below] = await layers.chain(topOf(record, request.id));
    const path = layers.at(top ?? topOf(record, request.id)).disk;
    await giveDisk(path, ids.base);
    for (const { disk } of below.map((layer) => layers.at(layer))) {
      // Not sealed yet where a daemon died in the middle of a snapshot.
      if ((await ownerOf(disk)) !== 0) await sealDisk(disk);
      lendDisk(disk, ids.base);
    }
    await growDisk(path, request.size);
    const state = this.#books.layout.machineState(request.id);
    await openState(state);
    const image = await this.#books.image(record);
    return {
      kind: "disk",
      path,
      format: "qcow2",
      overlays: 1 + below.length,
      state,
      ...(image?.directBoot && { directBoot: { kernel: image.kernel, initrd: image.initrd, ...image.directBoot } }),
    };
  }

  async settle(id: InstanceId, record: RootRecord): Promise<void> {
    if (!record.top) return;
    const { layers, log } = this.#books;
    try {
      const [top = record.top, ...below] = await layers.chain(record.top);
      const uid = await ownerOf(layers.at(top).disk);
      for (const layer of below) takeBackDisk(layers.at(layer).disk, uid);
    } catch (error) {
      // A damaged disk can be removed all the same.
      log.warn({ err: error, instance: id }, "the disks of a VM's root cannot be taken back from its QEMU");
    }
  }

  async remove(id: InstanceId, record: RootRecord): Promise<void> {
    await removeNamed(this.#books.layout.container(id).directory);
    await this.#dropTop(record);
  }

  usage(id: InstanceId, record: RootRecord): Promise<number> {
    return diskUsage(this.#books.layers.at(topOf(record, id)).disk);
  }

  async keep({ root, snapshot }: SnapshotOf, _record: RootRecord, live: LiveRoot | undefined): Promise<void> {
    await this.#sealing.seal(root, snapshot, live);
  }

  async restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void> {
    const { virtualSize } = await this.#books.layers.header(layer);
    const own = this.#books.layout.machineState(request.id);
    await using staged = await stageState(this.#books.layers.at(layer).state, own);
    await using top = await makeTop(this.#books.layers, Math.max(request.size ?? 0, virtualSize), { layer });
    await this.#exchangeTop(request.id, record, record, top);
    await staged.place();
    await syncState(own);
  }

  layerUsage(layer: LayerId): Promise<number> {
    return diskUsage(this.#books.layers.at(layer).disk);
  }

  /** The top of a new root: on the image, or on nothing. */
  async #fresh(request: RootRequest): Promise<NewLayer> {
    const image = await this.#books.image(request);
    const { size, fingerprint } = request;
    if (image && size !== undefined && size < image.virtualSize)
      throw diskTooSmall(request, image.virtualSize, "its image");
    const base = fingerprint === undefined ? undefined : { image: fingerprint };
    return makeTop(this.#books.layers, size ?? image?.virtualSize ?? emptyDiskSize, base);
  }

  /** Another top for a stopped root; the one that was goes, with what only it stood on. */
  async #exchangeTop(id: InstanceId, before: RootRecord, after: RootRecord, top: NewLayer): Promise<void> {
    top.keep();
    await this.#books.putRoot(id, { ...after, top: top.id });
    await this.#dropTop(before);
  }

  /** A top is its root's alone; what is beneath may be others' too. */
  async #dropTop({ top, snapshots }: RootRecord): Promise<void> {
    if (!top) return;
    const { layers } = this.#books;
    const { parent } = await layers.header(top).catch((): { parent?: LayerId } => ({}));
    await layers.remove(top);
    if (parent !== undefined || snapshots) await layers.sweep();
  }
}
