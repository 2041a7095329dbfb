/**
 * How what a stopped container changed becomes a layer: its upper directory is moved there, whatever its size, and the root goes on in
 * an empty one above.
 */
import { access, rename, rm } from "node:fs/promises";
import type { InstanceId, SnapshotId } from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import type { PoolBooks } from "../file-pool/books.ts";
import type { LayerId } from "../file-pool/layout.ts";
import { type RootRecord, writeRecord } from "../file-pool/records.ts";
import { isUntouched, makeUpper } from "./upper-directory.ts";

export class UpperSealing {
  readonly #books: PoolBooks;

  constructor(books: PoolBooks) {
    this.#books = books;
  }

  /**
   * Moves what an unmounted root changed into a layer of that alone, which it then stands on and which is `snapshot`, if any. What was
   * changed is on disk since it was unmounted. The record comes first: a layer that a root stands on, and that has no upper directory,
   * is one whose upper directory is still to be moved.
   */
  async seal(id: InstanceId, record: RootRecord, snapshot?: SnapshotId): Promise<LayerId> {
    const { layers, layout } = this.#books;
    const { upper, next } = layout.container(id);
    const { below } = record;
    const named = (layer: LayerId) => (snapshot ? { snapshots: { ...record.snapshots, [snapshot]: layer } } : {});
    if (below && (await isUntouched(upper, layers.at(below).upper))) {
      if (snapshot) await this.#books.putRoot(id, { ...record, ...named(below) });
      return below;
    }
    const write = (path: string) => writeRecord(path, below ? { parent: below } : {});
    await using layer = await layers.make("Keeping what was changed", (made) => write(made.record), 0o700);
    await rm(next, { recursive: true, force: true });
    await makeUpper(next, upper);
    layer.keep();
    await this.#books.putRoot(id, { ...record, ...named(layer.id), below: layer.id });
    await this.finish(id, layer.id);
    return layer.id;
  }

  /** Moves what is still to be moved. Idempotent. */
  async finish(id: InstanceId, below: LayerId): Promise<void> {
    const { directory, upper: sealed } = this.#books.layers.at(below);
    const { data, upper, next } = this.#books.layout.container(id);
    if (!(await isThere(sealed))) await rename(upper, sealed);
    if (await isThere(upper)) return;
    await rename(next, upper);
    for (const changed of [directory, data]) await syncPath(changed);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
