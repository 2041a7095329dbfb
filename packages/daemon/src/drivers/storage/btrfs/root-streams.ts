/** Containers' roots as streams of `btrfs send`, each in what it differs from the one before. */
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { RootRequest, RootState, RootStreams, SentState, SnapshotId, StateReceiver } from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import { removeSubvolumes, snapshotSubvolume } from "../../../system/subvolumes.ts";
import { newRootRecord, type PoolBooks } from "../file-pool/books.ts";
import type { NewLayer } from "../file-pool/layers.ts";
import { containerLayout, type LayerId } from "../file-pool/layout.ts";
import { layerOf } from "../file-pool/snapshot-layers.ts";
import { receiveSubvolume } from "./receive-subvolume.ts";
import { sendSubvolume } from "./send-subvolume.ts";
import { closedOf, treeOf } from "./subvolume-layout.ts";

export interface SubvolumeStreamsOptions {
  readonly books: PoolBooks;
  /** Limits a root's tree to the size that is asked for. */
  readonly limit: (request: RootRequest, tree: string) => Promise<void>;
}

export class SubvolumeStreams implements RootStreams {
  readonly #options: SubvolumeStreamsOptions;

  constructor(options: SubvolumeStreamsOptions) {
    this.#options = options;
  }

  async send(state: RootState, since?: RootState): Promise<SentState> {
    const parent = since && (await this.#kept(since));
    // Of a snapshot it lies there; what can be written to is kept for as long as it is read.
    const kept = await this.#kept(state);
    const layer = kept === undefined ? await this.#keepNow(state) : undefined;
    const tree = kept ?? treeOf(this.#layers.at((layer as NewLayer).id).directory);
    return {
      kind: "sent",
      async bytes() {
        let count = 0;
        for await (const piece of sendSubvolume(tree, parent)) count += piece.length;
        return count;
      },
      stream: () => sendSubvolume(tree, parent),
      async [Symbol.asyncDispose]() {
        await layer?.[Symbol.asyncDispose]();
      },
    };
  }

  receive(request: RootRequest): StateReceiver {
    return new SubvolumeReceiver(this.#options, request);
  }

  get #layers() {
    return this.#options.books.layers;
  }

  /** The tree of a snapshot; undefined: it is none. */
  async #kept({ root, snapshot }: RootState): Promise<string | undefined> {
    if (snapshot === undefined) return undefined;
    const record = await this.#options.books.root(root);
    return treeOf(this.#layers.at(layerOf(record, { root, snapshot })).directory);
  }

  #keepNow({ root }: RootState): Promise<NewLayer> {
    const from = treeOf(this.#options.books.layout.container(root).directory);
    return this.#layers.make("Reading a root", async ({ directory }) => {
      await mkdir(closedOf(directory), { mode: 0o700 });
      await snapshotSubvolume(from, treeOf(directory), "readonly");
    });
  }
}

class SubvolumeReceiver implements StateReceiver {
  readonly #books: PoolBooks;
  readonly #limit: SubvolumeStreamsOptions["limit"];
  readonly #request: RootRequest;
  /** Received, and named by no root yet. */
  readonly #made: NewLayer[] = [];
  readonly #snapshots: Record<SnapshotId, LayerId> = {};

  constructor({ books, limit }: SubvolumeStreamsOptions, request: RootRequest) {
    this.#books = books;
    this.#limit = limit;
    this.#request = request;
  }

  async take(stream: AsyncIterable<Buffer>, snapshot?: SnapshotId): Promise<void> {
    await this.#books.makeDirectories();
    if (snapshot === undefined) return this.#takeRoot(stream);
    const layer = await this.#books.layers.make("Receiving a snapshot", ({ directory }) =>
      receiveInto(directory, stream),
    );
    this.#made.push(layer);
    this.#snapshots[snapshot] = layer.id;
  }

  async #takeRoot(stream: AsyncIterable<Buffer>): Promise<void> {
    const snapshots = this.#made.length > 0 ? { snapshots: this.#snapshots } : {};
    const record = { ...newRootRecord(this.#request), ...snapshots };
    await this.#books.layers.orSweep(async () => {
      // From now on `sweep` decides: a root that is half placed may name them already.
      for (const layer of this.#made) layer.keep();
      try {
        await this.#books.newRoot(this.#request, record, (directory) => this.#fill(directory, stream));
      } finally {
        await this[Symbol.asyncDispose]();
      }
    });
  }

  /** What was received stays as it is, for btrfs; the root is made of it. */
  async #fill(directory: string, stream: AsyncIterable<Buffer>): Promise<void> {
    await receiveInto(directory, stream);
    const [tree, received] = [treeOf(directory), join(closedOf(directory), "received")];
    await rename(tree, received);
    await snapshotSubvolume(received, tree, "writable");
    await removeSubvolumes(received);
    await syncPath(closedOf(directory));
    await this.#limit(this.#request, tree);
    await mkdir(containerLayout(directory).rootfs, { mode: 0o700 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const layer of this.#made.splice(0)) await layer[Symbol.asyncDispose]();
  }
}

/** Makes the tree of a root or a layer. */
async function receiveInto(directory: string, stream: AsyncIterable<Buffer>): Promise<void> {
  await mkdir(closedOf(directory), { mode: 0o700 });
  await receiveSubvolume(treeOf(directory), stream);
}
