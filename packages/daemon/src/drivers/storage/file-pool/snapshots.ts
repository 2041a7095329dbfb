/** Snapshots of a pool on a file system: names, in a root's record, of layers that never change. */

import { asLodgeError } from "@lodge/api/errors";
import type {
  ChainLength,
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
import type { PoolBooks } from "./books.ts";
import { type RootRecord, withSnapshots } from "./records.ts";
import { snapshotKept } from "./refusals.ts";
import type { RootCompaction, Roots } from "./roots.ts";
import { layerOf } from "./snapshot-layers.ts";
import { asSpaceError } from "./space.ts";
import type { Turns } from "./turns.ts";

export interface FileSnapshotsOptions {
  readonly books: PoolBooks;
  /** By root. */
  readonly turns: Turns;
  readonly rootsOf: (record: RootRecord) => Roots;
  /** Of roots whose layers may have to be made few. */
  readonly compactionOf: (record: RootRecord) => RootCompaction | undefined;
}

export class FileSnapshots implements RootSnapshots, Compaction {
  readonly #books: PoolBooks;
  readonly #turns: Turns;
  readonly #rootsOf: (record: RootRecord) => Roots;
  readonly #compactionOf: (record: RootRecord) => RootCompaction | undefined;
  /** Roots under which something is left that could not be merged when it was asked for. */
  readonly #left = new Set<InstanceId>();

  constructor({ books, turns, rootsOf, compactionOf }: FileSnapshotsOptions) {
    this.#books = books;
    this.#turns = turns;
    this.#rootsOf = rootsOf;
    this.#compactionOf = compactionOf;
  }

  create(snapshot: SnapshotOf, live?: LiveRoot): Promise<void> {
    return this.#turns.take(snapshot.root, async () => {
      const record = await this.#books.root(snapshot.root);
      if (record.snapshots?.[snapshot.snapshot]) throw snapshotKept(snapshot);
      await this.#books.layers
        .orSweep(() => this.#rootsOf(record).keep(snapshot, record, live))
        .catch((error: unknown) => {
          throw asSpaceError(error, "Keeping a snapshot");
        });
    });
  }

  restore(request: RootRequest, snapshot: SnapshotId): Promise<void> {
    return this.#turns.take(request.id, async () => {
      const record = await this.#books.root(request.id);
      const layer = layerOf(record, { root: request.id, snapshot });
      await this.#books.layers.orSweep(() => this.#rootsOf(record).restore(request, record, layer));
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
  show({ root, snapshot }: SnapshotOf, ids: IdRange): Promise<ShownSnapshot | undefined> {
    return this.#turns.take(root, async () => {
      const record = await this.#books.root(root);
      if (ids.base !== 0) return undefined;
      return this.#rootsOf(record).show?.(root, record, layerOf(record, { root, snapshot }));
    });
  }

  async usage(root: InstanceId): Promise<ReadonlyMap<SnapshotId, number>> {
    const record = await this.#books.root(root);
    const roots = this.#rootsOf(record);
    const entries = Object.entries(record.snapshots ?? {}).map(
      async ([snapshot, layer]) => [snapshot as SnapshotId, await roots.layerUsage(layer)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  /** Not in the root's turn: what is looked at may be merged meanwhile, and is then shorter. */
  async chain(root: InstanceId): Promise<ChainLength> {
    const record = await this.#books.findRoot(root);
    const compaction = record && this.#compactionOf(record);
    if (!compaction) return { layers: 0, most: 0, due: false };
    const length = await compaction.chain(root, record);
    const wanted = length.layers > length.most || this.#left.has(root);
    return { ...length, due: wanted && !(await compaction.isHeld(root)) };
  }

  /** Makes way for whatever else is to be done with the root. */
  compact(
    root: InstanceId,
    live: () => LiveRoot | undefined,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.#turns.takeYielding(root, async (wanted) => {
      const record = await this.#books.findRoot(root);
      const compaction = record && this.#compactionOf(record);
      this.#left.delete(root);
      if (!compaction) return true;
      const work = { root, record, live, progress, signal: AbortSignal.any([signal, wanted]) };
      try {
        if (!(await compaction.compact(work))) this.#left.add(root);
        return true;
      } catch (error) {
        if (wanted.aborted && !signal.aborted) return false;
        // There may be room later.
        if (asLodgeError(error).code === "pool_full") this.#left.add(root);
        throw error;
      }
    });
  }
}
