/** How the topmost layer of a VM's disk becomes one that never changes again. */
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, LiveDisk, LiveRoot, SnapshotId } from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import type { PoolBooks } from "./books.ts";
import { giveDisk, lendDisk, makeDisk, ownerOf, sealDisk } from "./disk-file.ts";
import type { Layers, NewLayer } from "./layers.ts";
import type { DiskBase, LayerId } from "./layout.ts";
import { copyState, isSameState, syncState } from "./machine-state.ts";
import { type RootRecord, withSnapshots } from "./records.ts";

/** A record of a VM's root. */
type DiskRecord = RootRecord & { readonly top: LayerId };

export class DiskSealing {
  readonly #books: PoolBooks;

  constructor(books: PoolBooks) {
    this.#books = books;
  }

  /** What a run writes to, noted in the record when a daemon died between the note and the run's switch. */
  async followRun(id: InstanceId, disk: LiveDisk): Promise<DiskRecord> {
    const { layers } = this.#books;
    const record = await this.#record(id);
    const noted = layers.at(record.top).disk;
    const path = await disk.top();
    if (path === noted) return record;
    const { parent, empty } = await layers.header(record.top);
    if (parent === undefined || !empty || path !== layers.at(parent).disk) {
      throw new LodgeError({
        code: "pool_failed",
        message: `Instance ${id} writes to ${path}, which is not its root's disk: stop and start it.`,
      });
    }
    const followed = { ...record, top: parent };
    await this.#books.putRoot(id, followed);
    await giveDisk(path, await ownerOf(noted));
    await layers.remove(record.top);
    return followed;
  }

  /**
   * Seals the present top and returns it; the root goes on in an empty one above. That is noted before a run is told to
   * switch: whichever of the two it has written to when the daemon dies, the noted one shows it.
   */
  async seal(id: InstanceId, snapshot: SnapshotId | undefined, live: LiveRoot | undefined): Promise<LayerId> {
    const { layers, layout } = this.#books;
    const disk = live?.disk;
    const record = disk ? await this.followRun(id, disk) : await this.#record(id);
    const named = (layer: LayerId) => (snapshot ? { snapshots: { ...record.snapshots, [snapshot]: layer } } : {});
    const same = disk ? undefined : await this.#unchangedSince(id, record.top);
    if (same) {
      if (snapshot) await this.#books.putRoot(id, { ...record, ...named(same) });
      return same;
    }
    const sealed = layers.at(record.top);
    const [{ virtualSize }, uid] = [await layers.header(record.top), await ownerOf(sealed.disk)];
    await using top = await makeTop(layers, virtualSize, { layer: record.top });
    const overlay = layers.at(top.id).disk;
    await giveDisk(overlay, uid);
    if (!disk) await copyState(layout.machineState(id), sealed.state);
    top.keep();
    await this.#books.putRoot(id, { ...record, ...named(record.top), top: top.id });
    if (disk) {
      try {
        await live.still(async () => {
          await copyState(layout.machineState(id), sealed.state);
          await disk.switchTo(overlay, sealed.disk);
        });
      } catch (error) {
        await this.#goBack(id, record, disk, sealed.disk);
        throw error;
      }
    }
    await sealDisk(sealed.disk);
    if (disk) lendDisk(sealed.disk, uid);
    // What a run was killed over, nobody has written out. Who asked for the seal does not let it count before this is through.
    await syncPath(sealed.disk);
    await syncState(sealed.state);
    return record.top;
  }

  /** The layer below, when nothing was written since it was sealed. */
  async #unchangedSince(id: InstanceId, top: LayerId): Promise<LayerId | undefined> {
    const { layers, layout } = this.#books;
    const { empty, parent } = await layers.header(top);
    if (!empty || parent === undefined) return undefined;
    return (await isSameState(layout.machineState(id), layers.at(parent).state)) ? parent : undefined;
  }

  /** The run did not switch, or may not have: only where it surely writes to the old top, that is noted again. */
  async #goBack(id: InstanceId, before: DiskRecord, disk: LiveDisk, sealed: string): Promise<void> {
    const now = await this.#record(id);
    const path = await disk.top().catch(() => undefined);
    if (path !== sealed) {
      // The overlay stays on top: empty or not, it shows what the run wrote.
      return this.#books.putRoot(id, withSnapshots(now, before.snapshots ?? {}));
    }
    await this.#books.putRoot(id, before);
    await this.#books.layers.remove(now.top);
  }

  async #record(id: InstanceId): Promise<DiskRecord> {
    const record = await this.#books.root(id);
    return { ...record, top: topOf(record, id) };
  }
}

/** An empty layer on what it stands on. */
export function makeTop(layers: Layers, size: number, base: DiskBase | undefined): Promise<NewLayer> {
  return layers.make("Making a disk", ({ disk }) => makeDisk(disk, size, base));
}

export function topOf({ top }: RootRecord, id: InstanceId): LayerId {
  if (top) return top;
  throw new LodgeError({
    code: "pool_failed",
    message: `The root of instance ${id} has no disk: it was changed from outside.`,
  });
}
