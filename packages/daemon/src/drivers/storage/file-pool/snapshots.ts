/** Snapshots of a pool on a file system: names, in a root's record, of layers that never change. */
import type {
  Compaction,
  IdRange,
  InstanceId,
  LiveRoot,
  Progress,
  RootRequest,
  RootSnapshots,
  ShownSnapshot,
  SnapshotId,
  SnapshotOf,
} from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import type { PoolBooks } from "./books.ts";
import { ownerOf, pullDisk, whileWritable } from "./disk-file.ts";
import type { DiskSealing } from "./disk-sealing.ts";
import { type LayerMerge, layerMerges } from "./layer-tree.ts";
import { baseReference, type DiskBase, type LayerId } from "./layout.ts";
import { type RootRecord, withSnapshots } from "./records.ts";
import { snapshotKept } from "./refusals.ts";
import type { Roots } from "./roots.ts";
import { layerOf } from "./snapshot-layers.ts";
import { asSpaceError } from "./space.ts";
import type { Turns } from "./turns.ts";

export interface FileSnapshotsOptions {
  readonly books: PoolBooks;
  /** By root. */
  readonly turns: Turns;
  readonly rootsOf: (record: RootRecord) => Roots;
  readonly sealing: DiskSealing;
}

export class FileSnapshots implements RootSnapshots, Compaction {
  readonly #books: PoolBooks;
  readonly #turns: Turns;
  readonly #rootsOf: (record: RootRecord) => Roots;
  readonly #sealing: DiskSealing;

  constructor({ books, turns, rootsOf, sealing }: FileSnapshotsOptions) {
    this.#books = books;
    this.#turns = turns;
    this.#rootsOf = rootsOf;
    this.#sealing = sealing;
  }

  create(snapshot: SnapshotOf, live?: LiveRoot): Promise<void> {
    return this.#turns.take(snapshot.root, async () => {
      const record = await this.#books.root(snapshot.root);
      if (record.snapshots?.[snapshot.snapshot]) throw snapshotKept(snapshot);
      await this.#rootsOf(record)
        .keep(snapshot, record, live)
        .catch((error: unknown) => {
          throw asSpaceError(error, "Keeping a snapshot");
        });
    });
  }

  restore(request: RootRequest, snapshot: SnapshotId): Promise<void> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      const layer = layerOf(record, { root: request.id, snapshot });
      await this.#rootsOf(record).restore(request, record, layer);
    });
  }

  remove({ root, snapshot }: SnapshotOf): Promise<void> {
    return this.#turns.take(root, async () => {
      const record = await this.#books.findRoot(root);
      const { [snapshot]: layer, ...others } = record?.snapshots ?? {};
      if (!record || !layer) return;
      await this.#books.putRoot(root, withSnapshots(record, others));
      await this.#books.layers.sweep();
    });
  }

  /** Guests' owners alone: that needs no mapping of ids. */
  async show({ root, snapshot }: SnapshotOf, ids: IdRange): Promise<ShownSnapshot | undefined> {
    const record = await this.#books.root(root);
    if (ids.base !== 0) return undefined;
    return this.#rootsOf(record).show?.(root, record, layerOf(record, { root, snapshot }));
  }

  async usage(root: InstanceId): Promise<ReadonlyMap<SnapshotId, number>> {
    const record = await this.#books.root(root);
    const roots = this.#rootsOf(record);
    const entries = Object.entries(record.snapshots ?? {}).map(
      async ([snapshot, layer]) => [snapshot as SnapshotId, await roots.layerUsage(layer)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  compact(root: InstanceId, live: () => LiveRoot | undefined, progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#turns.take(root, async () => {
      const record = await this.#books.findRoot(root);
      if (!record?.top) return;
      const { layers } = this.#books;
      await layers.sweep();
      const merges = layerMerges(await layers.nodes(), await layers.holders(), root);
      for (const [index, merge] of merges.entries()) {
        const part: Progress = (percent) => progress((100 * index + percent) / merges.length);
        await this.#merge(root, record, merge, live(), part, signal);
        part(100);
      }
      if (merges.length > 0) await layers.sweep();
    });
  }

  /** By the VM's own QEMU where that has the disk open, else by qemu-img. The disk's header names its new base when all is there. */
  async #merge(
    root: InstanceId,
    record: RootRecord,
    { into, base }: LayerMerge,
    live: LiveRoot | undefined,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    const { layers } = this.#books;
    const path = layers.at(into).disk;
    const stand = standOf(record, base);
    const top = live?.disk ? (await this.#sealing.followRun(root, live.disk)).top : undefined;
    if (live?.disk && top && (await layers.chain(top)).includes(into)) {
      const { disk } = live;
      const below = stand && this.#pathOf(stand);
      const pull = () =>
        disk.pull(
          { into: path, ...(below !== undefined && { base: below }), backing: stand ? baseReference(stand) : "" },
          progress,
          signal,
        );
      if (into === top) await pull();
      else await whileWritable(path, await ownerOf(layers.at(top).disk), pull);
    } else await pullDisk(path, stand, signal);
    await syncPath(path);
  }

  #pathOf(base: DiskBase): string {
    return "layer" in base ? this.#books.layers.at(base.layer).disk : this.#books.layout.image(base.image).disk;
  }
}

/** What a layer stands on after a merge. */
function standOf({ fingerprint }: RootRecord, base: LayerId | undefined): DiskBase | undefined {
  if (base !== undefined) return { layer: base };
  return fingerprint === undefined ? undefined : { image: fingerprint };
}
