/**
 * How the layers that a container's root stands on become few: what removed snapshots left is merged into the layer above, and a stack that is too
 * high all the same becomes a lower one, for that root alone. Only while nobody has mounted the layers: a layer must not change under a mount.
 */
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import { syncFileSystem } from "../../../system/durable.ts";
import { listMounts } from "../../../system/mounts.ts";
import type { PoolBooks } from "../file-pool/books.ts";
import { shorten } from "../file-pool/chain-length.ts";
import { layerMerges } from "../file-pool/layer-tree.ts";
import { type LayerId, type LayerLayout, layerLayout } from "../file-pool/layout.ts";
import { type RootRecord, writeRecord } from "../file-pool/records.ts";
import { removeTree } from "../file-pool/remove-tree.ts";
import type { CompactionWork, RootCompaction } from "../file-pool/roots.ts";
import { requireSpace } from "../file-pool/space.ts";
import { replaceWhole } from "../file-pool/whole-directory.ts";
import { copyChanges, lowersOf } from "./container-root.ts";
import type { LayerBytes } from "./layer-bytes.ts";
import { mergeUppers } from "./merged-upper.ts";
import { mountedLayers } from "./mounted-layers.ts";

/**
 * Layers that a root may stand on, its image aside, before it is made to stand on fewer. A look for a file that is in none of them goes through
 * all; and all of their names must fit into the one page that mount(2) takes.
 */
export const longestStack = 8;

/** Which layers become one. */
interface Span {
  readonly root: InstanceId;
  readonly record: RootRecord;
  /** The highest of them. */
  readonly top: LayerId;
  /** On which they stand; missing: on the image. */
  readonly base?: LayerId;
}

export class UpperCompaction implements RootCompaction {
  readonly #books: PoolBooks;
  readonly #bytes: LayerBytes;

  constructor(books: PoolBooks, bytes: LayerBytes) {
    this.#books = books;
    this.#bytes = bytes;
  }

  async chain(_root: InstanceId, { below, counted }: RootRecord) {
    const layers = (await this.#books.layers.stack(below)).length + 1;
    return { layers, most: counted ? layers : longestStack + 1 };
  }

  async isHeld(root: InstanceId): Promise<boolean> {
    return (await listMounts(this.#books.layout.container(root).directory)).length > 0;
  }

  async compact({ root, record, progress, signal }: CompactionWork): Promise<boolean> {
    const { layers } = this.#books;
    await layers.sweep();
    const merges = layerMerges(await layers.nodes(), await layers.holders(), root);
    const mounted = await mountedLayers();
    const spans = merges.map(({ into, base }): Span => ({ root, record, top: into, ...(base && { base }) }));
    const free: Span[] = [];
    for (const span of spans) {
      if (!(await this.#span(span)).layers.some((layer) => mounted.has(layer))) free.push(span);
    }
    try {
      for (const [index, span] of free.entries()) {
        await this.#merge(span, signal);
        progress((100 * (index + 1)) / free.length);
      }
    } finally {
      // What was merged is in the layers above, and must not be seen twice for long: files would have two names.
      if (free.length > 0) await layers.sweep();
    }
    if (await this.isHeld(root)) return free.length === merges.length;
    await this.shorten(root, record, signal);
    return free.length === merges.length;
  }

  /**
   * Makes a root that nobody has mounted stand on few layers, when it stands on too many. Returns its record. Not where the file system counts
   * what the container takes: what is merged would either be counted twice, or not at all.
   */
  async shorten(root: InstanceId, record: RootRecord, signal: AbortSignal): Promise<RootRecord> {
    if (record.counted) return record;
    const { layers, layout } = this.#books;
    const stack = await layers.stack(record.below);
    const [top] = stack;
    const links = stack.map(async (id) => ({ id, size: await this.#bytes.of(id) }));
    const shortening = shorten(await Promise.all(links), longestStack);
    if (!top || !shortening) return record;
    const span = { root, record, top, ...shortening };
    const { layers: merged } = await this.#span(span);
    const sizes = await Promise.all(merged.map((layer) => this.#bytes.of(layer)));
    await requireSpace(
      layout.layers,
      sizes.reduce((sum, size) => sum + size, 0),
      "Merging layers",
    );
    await using layer = await layers.make("Merging layers", (made) => this.#copy(span, made, signal), 0o700);
    layer.keep();
    const after = { ...record, below: layer.id };
    await this.#books.putRoot(root, after);
    await layers.sweep();
    return after;
  }

  /** In the place of the highest: the others are this root's alone, and go. */
  async #merge(span: Span, signal: AbortSignal): Promise<void> {
    const { layers } = this.#books;
    const { directories, layers: merged } = await this.#span(span);
    const whole = { path: layers.at(span.top).directory, mode: 0o700, what: "Merging layers" };
    await this.#bytes.change(span.top, () =>
      replaceWhole(whole, async (partial) => {
        const made = layerLayout(partial);
        await mergeUppers({ directories, merged: merged.length }, made.upper, signal);
        await this.#finish(span, made);
      }),
    );
  }

  /** Beside them: snapshots and other roots may go on standing on them. */
  async #copy(span: Span, made: LayerLayout, signal: AbortSignal): Promise<void> {
    const { directories, layers: merged } = await this.#span(span);
    const linked = join(made.directory, "linked");
    await mergeUppers({ directories, merged: merged.length }, linked, signal);
    await copyChanges(linked, made.upper, signal);
    await removeTree(linked);
    await this.#finish(span, made);
  }

  async #finish({ base }: Span, made: LayerLayout): Promise<void> {
    await writeRecord(made.record, base ? { parent: base } : {});
    await syncFileSystem(made.directory);
  }

  /** The layers that become one, and all directories from the highest of them down to the image. */
  async #span({ root, record, top, base }: Span) {
    const { layers, layout } = this.#books;
    const stack = await layers.stack(top);
    const image = record.fingerprint === undefined ? undefined : layout.image(record.fingerprint);
    return {
      layers: base === undefined ? stack : stack.slice(0, stack.indexOf(base)),
      directories: lowersOf(layout, layout.container(root), { layers: stack, image }),
    };
  }
}
