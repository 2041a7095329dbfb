/**
 * Roots of VMs: a chain of qcow2 files, each a layer. The topmost is written to and is one root's alone; a snapshot or a
 * copy makes it a layer that never changes again, and puts an empty one on top.
 */

import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import {
  type DiskRoot,
  emptyDiskSize,
  type IdRange,
  type InstanceId,
  type LiveDisk,
  type LiveRoot,
  type RootCopy,
  type RootRequest,
  type SnapshotId,
  type SnapshotOf,
} from "@lodge/core";
import { newRootRecord, type PoolBooks } from "./books.ts";
import { layerOf, snapshotsOf } from "./container-roots.ts";
import { diskUsage, giveDisk, growDisk, lendDisk, makeDisk, ownerOf, sealDisk, takeBackDisk } from "./disk-file.ts";
import type { NewLayer } from "./layers.ts";
import type { DiskBase, LayerId } from "./layout.ts";
import { type RootRecord, withSnapshots } from "./records.ts";
import { diskTooSmall } from "./refusals.ts";
import { removeNamed } from "./remove-tree.ts";
import type { Roots } from "./roots.ts";

/** A record of a VM's root. */
type DiskRecord = RootRecord & { readonly top: LayerId };

export class DiskRoots implements Roots {
  readonly #books: PoolBooks;

  constructor(books: PoolBooks) {
    this.#books = books;
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
    const layer = snapshot ? layerOf(source, { root: from, snapshot }) : await this.#seal(from, undefined, copy.live);
    const { virtualSize } = await this.#books.layers.header(layer);
    if (request.size !== undefined && request.size < virtualSize)
      throw diskTooSmall(request, virtualSize, "the root it is copied from");
    await using top = await this.#overlay(request.size ?? virtualSize, { layer });
    await this.#books.newRoot(request, { ...newRootRecord(request), ...along, top: top.id });
    top.keep();
  }

  async replace(request: RootRequest, record: RootRecord): Promise<void> {
    await using top = await this.#fresh(request);
    await this.#exchangeTop(request.id, record, newRootRecord(request), top);
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
    await openWay(state);
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
    await this.#seal(root, snapshot, live);
  }

  async restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void> {
    const { virtualSize } = await this.#books.layers.header(layer);
    await using top = await this.#overlay(Math.max(request.size ?? 0, virtualSize), { layer });
    await this.#exchangeTop(request.id, record, record, top);
  }

  layerUsage(layer: LayerId): Promise<number> {
    return diskUsage(this.#books.layers.at(layer).disk);
  }

  /** What a run writes to, noted in the record when a daemon died between the note and the run's switch. */
  async followRun(id: InstanceId, disk: LiveDisk): Promise<DiskRecord> {
    const { layers } = this.#books;
    const record = { ...(await this.#books.root(id)) };
    const noted = topOf(record, id);
    const path = await disk.top();
    if (path === layers.at(noted).disk) return { ...record, top: noted };
    const { parent, empty } = await layers.header(noted);
    if (parent === undefined || !empty || path !== layers.at(parent).disk) {
      throw new LodgeError({
        code: "pool_failed",
        message: `Instance ${id} writes to ${path}, which is not its root's disk: stop and start it.`,
      });
    }
    const followed = { ...record, top: parent };
    await this.#books.putRoot(id, followed);
    await giveDisk(path, await ownerOf(layers.at(noted).disk));
    await layers.remove(noted);
    return followed;
  }

  /**
   * Makes the present top a layer that never changes again and returns it; the root goes on in an empty one on top. Noted
   * before a run is told to switch: whichever of the two it has written to when the daemon dies, the noted one shows it.
   */
  async #seal(id: InstanceId, snapshot: SnapshotId | undefined, live: LiveRoot | undefined): Promise<LayerId> {
    const { layers } = this.#books;
    const disk = live?.disk;
    const record = disk ? await this.followRun(id, disk) : await this.#diskRecord(id);
    const header = await layers.header(record.top);
    const named = (layer: LayerId) => (snapshot ? { snapshots: { ...record.snapshots, [snapshot]: layer } } : {});
    if (!disk && header.empty && header.parent !== undefined) {
      if (snapshot) await this.#books.putRoot(id, { ...record, ...named(header.parent) });
      return header.parent;
    }
    const sealed = layers.at(record.top).disk;
    const uid = await ownerOf(sealed);
    await using top = await this.#overlay(header.virtualSize, { layer: record.top });
    const overlay = layers.at(top.id).disk;
    await giveDisk(overlay, uid);
    top.keep();
    await this.#books.putRoot(id, { ...record, ...named(record.top), top: top.id });
    if (disk) {
      try {
        await live.still(() => disk.switchTo(overlay, sealed));
      } catch (error) {
        await this.#goBack(id, record, disk, sealed);
        throw error;
      }
    }
    await sealDisk(sealed);
    if (disk) lendDisk(sealed, uid);
    return record.top;
  }

  /** The run did not switch, or may not have: only where it surely writes to the old top, that is noted again. */
  async #goBack(id: InstanceId, before: DiskRecord, disk: LiveDisk, sealed: string): Promise<void> {
    const { layers } = this.#books;
    const { top = before.top, ...now } = await this.#books.root(id);
    const path = await disk.top().catch(() => undefined);
    if (path !== sealed) {
      // The overlay stays on top: empty or not, it shows what the run wrote.
      return this.#books.putRoot(id, { ...withSnapshots(now, before.snapshots ?? {}), top });
    }
    await this.#books.putRoot(id, before);
    await layers.remove(top);
  }

  /** The top of a new root: on the image, or on nothing. */
  async #fresh(request: RootRequest): Promise<NewLayer> {
    const image = await this.#books.image(request);
    const { size, fingerprint } = request;
    if (image && size !== undefined && size < image.virtualSize)
      throw diskTooSmall(request, image.virtualSize, "its image");
    const base = fingerprint === undefined ? undefined : { image: fingerprint };
    return this.#overlay(size ?? image?.virtualSize ?? emptyDiskSize, base);
  }

  #overlay(size: number, base: DiskBase | undefined): Promise<NewLayer> {
    return this.#books.layers.make("Making a disk", ({ disk }) => makeDisk(disk, size, base));
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

  async #diskRecord(id: InstanceId): Promise<DiskRecord> {
    const record = await this.#books.root(id);
    return { ...record, top: topOf(record, id) };
  }
}

/** Processes that are not root pass through to what of it is theirs. */
async function openWay(state: string): Promise<void> {
  await mkdir(state, { recursive: true });
  for (const directory of [dirname(state), state]) await chmod(directory, 0o711);
}

function topOf({ top }: RootRecord, id: InstanceId): LayerId {
  if (top) return top;
  throw new LodgeError({
    code: "pool_failed",
    message: `The root of instance ${id} has no disk: it was changed from outside.`,
  });
}
