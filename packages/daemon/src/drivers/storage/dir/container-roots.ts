/**
 * Roots of containers. A snapshot of one that is stopped is what it changed, moved out of the way; of one that runs, a copy of that. A layer
 * serves all roots and layers that name it.
 */
import { mkdir, rename } from "node:fs/promises";
import type {
  ContainerCopies,
  IdRange,
  InstanceId,
  LiveRoot,
  PreparedRoot,
  RootCopy,
  RootRequest,
  ShownSnapshot,
  SnapshotId,
  SnapshotOf,
} from "@lodge/core";
import { syncFileSystem, syncPath } from "../../../system/durable.ts";
import { listMounts, mountReadOnlyOverlay } from "../../../system/mounts.ts";
import { sharesData } from "../../../system/reflink.ts";
import { newRootRecord, type PoolBooks } from "../file-pool/books.ts";
import { unmountContainerRoot } from "../file-pool/container-mount.ts";
import { fillContainer } from "../file-pool/fill-container.ts";
import { containerLayout, type LayerId, type LayerLayout } from "../file-pool/layout.ts";
import { type RootRecord, writeRecord } from "../file-pool/records.ts";
import { sizeTooSmall, sizeUnsupported } from "../file-pool/refusals.ts";
import { partialName, removeNamed, removeTree } from "../file-pool/remove-tree.ts";
import type { ContainerKeeping } from "../file-pool/roots.ts";
import { layerOf, snapshotsOf, whileStill, withSnapshot } from "../file-pool/snapshot-layers.ts";
import { requireSpace } from "../file-pool/space.ts";
import { treeUsage } from "../file-pool/tree-usage.ts";
import { replaceWhole } from "../file-pool/whole-directory.ts";
import { copyChanges, lowersOf, makeContainerRoot, mountContainerRoot, type Stack } from "./container-root.ts";
import { LayerBytes } from "./layer-bytes.ts";
import { noLimits, type SizeLimits } from "./size-limit.ts";
import { longestStack, UpperCompaction } from "./upper-compaction.ts";
import { UpperSealing } from "./upper-sealing.ts";

/**
 * Layers that a root may stand on when another comes. What is beyond `longestStack` is merged in the background; who is faster than that waits
 * for it here.
 */
const mostLayers = longestStack + 4;

export class ContainerRoots implements ContainerKeeping {
  readonly compaction: UpperCompaction;
  readonly #books: PoolBooks;
  readonly #limits: SizeLimits;
  readonly #sealing: UpperSealing;
  readonly #bytes: LayerBytes;
  readonly #shares = sharesData(() => this.#books.layout.root);

  constructor(books: PoolBooks, limits: SizeLimits) {
    this.#books = books;
    this.#limits = limits;
    this.#sealing = new UpperSealing(books);
    this.#bytes = new LayerBytes(books.layers);
    this.compaction = new UpperCompaction(books, this.#bytes);
  }

  async sizeProblem(): Promise<string | undefined> {
    return (await this.#limits.supported()) ? undefined : noLimits;
  }

  /** Files that share their data are copied by their metadata alone. */
  async copies(): Promise<ContainerCopies> {
    return (await this.#shares()) ? "shared" : "full";
  }

  makeTree(path: string): Promise<void> {
    return mkdir(path, { mode: 0o755 });
  }

  placeTree(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  async create(request: RootRequest): Promise<void> {
    const record = await this.#record(request);
    await this.#books.newRoot(request, record, (directory) => this.#fill(directory, request, record));
  }

  async copy(copy: RootCopy, source: RootRecord, request: RootRequest): Promise<void> {
    const fresh = { ...(await this.#record(request)), ...snapshotsOf(source, copy) };
    const layer = copy.snapshot
      ? layerOf(source, { root: copy.from, snapshot: copy.snapshot })
      : await this.#seal(copy.from, source, copy.live);
    if (layer) {
      const record = { ...fresh, below: layer };
      await this.#books.newRoot(request, record, (directory) => this.#fill(directory, request, record));
      return;
    }
    const { upper } = this.#books.layout.container(copy.from);
    const record = { ...fresh, ...(source.below && { below: source.below }) };
    const bytes = await treeUsage(upper);
    this.#requireFit(request, bytes);
    await this.#books.newRoot(request, record, async (directory) => {
      await requireSpace(directory, bytes, "Copying the root");
      await this.#fill(directory, request, record);
      await whileStill(copy.live, () => copyChanges(upper, containerLayout(directory).upper));
      await syncFileSystem(directory);
    });
  }

  async replace(request: RootRequest, before: RootRecord): Promise<void> {
    await this.#replace(request, before, await this.#record(request));
  }

  async prepare(request: RootRequest, record: RootRecord, ids: IdRange): Promise<PreparedRoot> {
    if (record.counted) await this.#limits.set(request.id, request.size);
    else if (request.size !== undefined) throw sizeUnsupported(request, noLimits);
    const layout = this.#books.layout.container(request.id);
    const stack = await this.#stack(record, record.below);
    await mountContainerRoot(this.#books.layout, layout, stack, ids, this.#books.log);
    return { kind: "directory", path: layout.rootfs };
  }

  fill(request: RootRequest, record: RootRecord, from: PreparedRoot, signal: AbortSignal): Promise<void> {
    return fillContainer(this, request, record, from, signal);
  }

  settle(id: InstanceId): Promise<void> {
    return unmountContainerRoot(this.#books.layout.container(id), this.#books.log);
  }

  async remove(id: InstanceId, record: RootRecord): Promise<void> {
    await removeNamed(this.#books.layout.container(id).directory);
    if (record.counted) await this.#limits.set(id);
    if (record.snapshots || record.below) await this.#books.layers.sweep();
  }

  async recover(id: InstanceId, { below }: RootRecord): Promise<void> {
    if (below) await this.#sealing.finish(id, below);
  }

  usage(id: InstanceId): Promise<number> {
    return treeUsage(this.#books.layout.container(id).upper);
  }

  /** A copy is made before it is named, and is on disk before that. */
  async keep(snapshot: SnapshotOf, record: RootRecord, live: LiveRoot | undefined): Promise<void> {
    const { root } = snapshot;
    if (await this.#seal(root, record, live, snapshot.snapshot)) return;
    const { upper } = this.#books.layout.container(root);
    const { below } = record;
    await requireSpace(this.#books.layout.layers, await treeUsage(upper), "The snapshot");
    const copy = async (made: LayerLayout) => {
      await whileStill(live, () => copyChanges(upper, made.upper));
      await writeRecord(made.record, { bytes: await treeUsage(made.upper), ...(below && { parent: below }) });
      await syncFileSystem(made.directory);
    };
    await using layer = await this.#books.layers.make("Keeping a snapshot", copy, 0o700);
    layer.keep();
    await this.#books.putRoot(root, withSnapshot(record, snapshot, layer.id));
  }

  async restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void> {
    await this.#replace(request, record, { ...record, below: layer });
  }

  layerUsage(layer: LayerId): Promise<number> {
    return this.#bytes.of(layer);
  }

  /** Over its image, as the container saw it; what is shown lies in a half-made root, which a later daemon would remove. */
  async show(id: InstanceId, record: RootRecord, layer: LayerId): Promise<ShownSnapshot> {
    const directory = partialName(this.#books.layout.container(id).directory);
    const layout = containerLayout(directory);
    const remove = async () => {
      await unmountContainerRoot(layout, this.#books.log);
      await removeTree(directory);
    };
    try {
      for (const path of [directory, layout.empty, layout.rootfs]) await mkdir(path, { mode: 0o700 });
      const stack = await this.#stack(record, layer);
      mountReadOnlyOverlay(lowersOf(this.#books.layout, layout, stack), layout.rootfs);
      return { root: { kind: "directory", path: layout.rootfs }, [Symbol.asyncDispose]: remove };
    } catch (error) {
      await remove();
      throw error;
    }
  }

  async #record(request: RootRequest): Promise<RootRecord> {
    await this.#books.makeDirectories();
    await this.#books.image(request);
    const counted = await this.#limits.supported();
    if (request.size !== undefined && !counted) throw sizeUnsupported(request, noLimits);
    return { ...newRootRecord(request), counted };
  }

  /** The kernel would let the host's root write past a project's limit. */
  #requireFit(request: RootRequest, bytes: number): void {
    if (request.size !== undefined && request.size < bytes) throw sizeTooSmall(request, bytes);
  }

  /** Moves what was changed out of the way, where that can be; undefined: it is to be copied. What is mounted is in use, whoever uses it. */
  async #seal(id: InstanceId, record: RootRecord, live: LiveRoot | undefined, snapshot?: SnapshotId) {
    if (live || (await listMounts(this.#books.layout.container(id).directory)).length > 0) return undefined;
    const low = await this.#lower(id, record);
    return low && this.#sealing.seal(id, low, snapshot);
  }

  /** What cannot be merged (it holds what root alone could make) goes on being copied. */
  async #lower(id: InstanceId, record: RootRecord): Promise<RootRecord | undefined> {
    if ((await this.#books.layers.stack(record.below)).length < mostLayers) return record;
    try {
      const low = await this.compaction.shorten(id, record, new AbortController().signal);
      return low === record ? undefined : low;
    } catch (err) {
      this.#books.log.warn({ instance: id, err }, "the layers of a container cannot be merged");
      return undefined;
    }
  }

  async #stack({ fingerprint }: RootRecord, below: LayerId | undefined): Promise<Stack> {
    const image = fingerprint === undefined ? undefined : this.#books.layout.image(fingerprint);
    return { layers: await this.#books.layers.stack(below), image };
  }

  /** The limit holds from the first byte, also while a copy is written. */
  async #fill(directory: string, { id, size }: RootRequest, record: RootRecord): Promise<void> {
    const stack = await this.#stack(record, record.below);
    await makeContainerRoot(this.#books.layout, containerLayout(directory), stack, async (data) => {
      if (!(await this.#limits.supported())) return;
      await this.#limits.count(data, id);
      await this.#limits.set(id, size);
    });
  }

  /** While the old root and the new one are both there, no limit holds: together they may take twice of it. */
  async #replace(request: RootRequest, before: RootRecord, record: RootRecord): Promise<void> {
    const { id, size } = request;
    await this.settle(id);
    const { directory } = this.#books.layout.container(id);
    const { size: _unlimited, ...unlimited } = request;
    const discard = (replaced: string) => this.#books.discard(replaced);
    const whole = { path: directory, mode: 0o700, what: `Making the root of ${id}`, discard };
    try {
      await replaceWhole(whole, async (partial) => {
        await this.#fill(partial, unlimited, record);
        const layout = containerLayout(partial);
        await writeRecord(layout.record, record);
        await syncPath(partial);
      });
    } finally {
      if (record.counted) await this.#limits.set(id, size);
    }
    if (before.below && before.below !== record.below) await this.#books.layers.sweep();
  }
}
