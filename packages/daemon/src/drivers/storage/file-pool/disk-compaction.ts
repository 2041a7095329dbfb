/** How chains of disks become shorter: what removed snapshots left is merged away, and what is too long all the same is copied upwards. */
import type { InstanceId, Progress } from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import type { PoolBooks } from "./books.ts";
import { longestChain, shorten } from "./chain-length.ts";
import { diskUsage, ownerOf, pullDisk, whileWritable } from "./disk-file.ts";
import type { DiskSealing } from "./disk-sealing.ts";
import { type LayerMerge, layerMerges } from "./layer-tree.ts";
import { baseReference, type DiskBase, type LayerId } from "./layout.ts";
import type { RootRecord } from "./records.ts";
import type { CompactionWork, RootCompaction } from "./roots.ts";

export class DiskCompaction implements RootCompaction {
  readonly #books: PoolBooks;
  readonly #sealing: DiskSealing;

  constructor(books: PoolBooks, sealing: DiskSealing) {
    this.#books = books;
    this.#sealing = sealing;
  }

  async chain(_root: InstanceId, { top }: RootRecord) {
    return { layers: top ? (await this.#books.layers.chain(top)).length : 0, most: longestChain };
  }

  /** QEMU merges what it has open. */
  async isHeld(): Promise<boolean> {
    return false;
  }

  async compact(work: CompactionWork): Promise<boolean> {
    const { layers } = this.#books;
    await layers.sweep();
    const merges = layerMerges(await layers.nodes(), await layers.holders(), work.root);
    for (const [index, merge] of merges.entries()) {
      const progress: Progress = (percent) => work.progress((100 * index + percent) / merges.length);
      await this.#merge({ ...work, progress }, merge);
    }
    if (merges.length > 0) await layers.sweep();
    await this.#shorten(work);
    return true;
  }

  async #shorten(work: CompactionWork): Promise<void> {
    const { layers } = this.#books;
    const { top } = (await this.#books.findRoot(work.root)) ?? {};
    if (!top) return;
    const chain = await layers.chain(top);
    const links = chain.map(async (id) => ({ id, size: await diskUsage(layers.at(id).disk) }));
    const shortening = shorten(await Promise.all(links), longestChain);
    if (!shortening) return;
    await this.#merge(work, { into: top, ...shortening });
    await layers.sweep();
  }

  /** By the VM's own QEMU where that has the disk open, else by qemu-img. The disk's header names its new base when all is there. */
  async #merge({ root, record, live, progress, signal }: CompactionWork, { into, base }: LayerMerge): Promise<void> {
    signal.throwIfAborted();
    const { layers } = this.#books;
    const path = layers.at(into).disk;
    const stand = standOf(record, base);
    const { disk } = live() ?? {};
    const top = disk ? (await this.#sealing.followRun(root, disk)).top : undefined;
    if (disk && top && (await layers.chain(top)).includes(into)) {
      const below = stand && this.#pathOf(stand);
      const standing = { ...(below !== undefined && { base: below }), backing: stand ? baseReference(stand) : "" };
      const pull = () => disk.pull({ into: path, ...standing }, progress, signal);
      if (into === top) await pull();
      else await whileWritable(path, await ownerOf(layers.at(top).disk), pull);
    } else await pullDisk(path, stand, signal);
    await syncPath(path);
    progress(100);
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
