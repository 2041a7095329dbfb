/** Roots of containers. A snapshot is a copy of what the container changed; a layer of it serves all roots that name it. */
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
  SnapshotOf,
} from "@lodge/core";
import { syncFileSystem } from "../../../system/durable.ts";
import { mountReadOnlyOverlay } from "../../../system/mounts.ts";
import { sharesData } from "../../../system/reflink.ts";
import { newRootRecord, type PoolBooks } from "../file-pool/books.ts";
import { guestIds, unmountContainerRoot } from "../file-pool/container-mount.ts";
import { containerLayout, type LayerId } from "../file-pool/layout.ts";
import { mirrorTree } from "../file-pool/mirror-tree.ts";
import { type RootRecord, readLayerRecord, writeRecord } from "../file-pool/records.ts";
import { notOfThisType, sizeTooSmall, sizeUnsupported } from "../file-pool/refusals.ts";
import { partialName, removeNamed, removeTree } from "../file-pool/remove-tree.ts";
import type { ContainerKeeping } from "../file-pool/roots.ts";
import { layerOf, snapshotsOf } from "../file-pool/snapshot-layers.ts";
import { requireSpace } from "../file-pool/space.ts";
import { treeUsage } from "../file-pool/tree-usage.ts";
import { replaceWhole } from "../file-pool/whole-directory.ts";
import { copyChanges, lowerOf, makeContainerRoot, mountContainerRoot } from "./container-root.ts";
import { noLimits, type SizeLimits } from "./size-limit.ts";

export class ContainerRoots implements ContainerKeeping {
  readonly #books: PoolBooks;
  readonly #limits: SizeLimits;
  #shares: Promise<boolean> | undefined;

  constructor(books: PoolBooks, limits: SizeLimits) {
    this.#books = books;
    this.#limits = limits;
  }

  async sizeProblem(): Promise<string | undefined> {
    return (await this.#limits.supported()) ? undefined : noLimits;
  }

  /** Files that share their data are copied by their metadata alone. */
  async copies(): Promise<ContainerCopies> {
    this.#shares ??= sharesData(this.#books.layout.root);
    return (await this.#shares) ? "shared" : "full";
  }

  makeTree(path: string): Promise<void> {
    return mkdir(path, { mode: 0o755 });
  }

  placeTree(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  async create(request: RootRequest): Promise<void> {
    const record = await this.#record(request);
    await this.#books.newRoot(request, record, (directory) => this.#fill(directory, request));
  }

  async copy(copy: RootCopy, source: RootRecord, request: RootRequest): Promise<void> {
    const { live } = copy;
    const layer = copy.snapshot && layerOf(source, { root: copy.from, snapshot: copy.snapshot });
    const upper = layer ? this.#books.layers.at(layer).upper : this.#books.layout.container(copy.from).upper;
    const bytes = layer ? await this.layerUsage(layer) : await treeUsage(upper);
    const record = { ...(await this.#record(request)), ...snapshotsOf(source, copy) };
    this.#requireFit(request, bytes);
    const still = !layer && live ? live.still.bind(live) : runNow;
    await this.#books.newRoot(request, record, async (directory) => {
      await requireSpace(directory, bytes, "Copying the root");
      await this.#fill(directory, request);
      await still(() => copyChanges(upper, containerLayout(directory).upper));
      await syncFileSystem(directory);
    });
  }

  async replace(request: RootRequest): Promise<void> {
    const record = await this.#record(request);
    await this.#replace(request, record, async () => undefined);
  }

  async prepare(request: RootRequest, record: RootRecord, ids: IdRange): Promise<PreparedRoot> {
    if (record.counted) await this.#limits.set(request.id, request.size);
    else if (request.size !== undefined) throw sizeUnsupported(request, noLimits);
    const layout = this.#books.layout.container(request.id);
    const { fingerprint } = record;
    const image = fingerprint === undefined ? undefined : this.#books.layout.image(fingerprint);
    await mountContainerRoot(layout, image, ids, this.#books.log);
    return { kind: "directory", path: layout.rootfs };
  }

  async fill(request: RootRequest, record: RootRecord, from: PreparedRoot, signal: AbortSignal): Promise<void> {
    if (from.kind !== "directory") throw notOfThisType(request.id);
    try {
      const { path } = await this.prepare(request, record, guestIds);
      await mirrorTree(from.path, path, signal);
      await syncFileSystem(path);
    } finally {
      await this.settle(request.id);
    }
  }

  settle(id: InstanceId): Promise<void> {
    return unmountContainerRoot(this.#books.layout.container(id), this.#books.log);
  }

  async remove(id: InstanceId, record: RootRecord): Promise<void> {
    await removeNamed(this.#books.layout.container(id).directory);
    if (record.counted) await this.#limits.set(id);
    if (record.snapshots) await this.#books.layers.sweep();
  }

  usage(id: InstanceId): Promise<number> {
    return treeUsage(this.#books.layout.container(id).upper);
  }

  /** The copy is made before it is named, and is on disk before that. */
  async keep({ root, snapshot }: SnapshotOf, record: RootRecord, live: LiveRoot | undefined): Promise<void> {
    const { upper } = this.#books.layout.container(root);
    await requireSpace(this.#books.layout.layers, await treeUsage(upper), "The snapshot");
    const still = live ? live.still.bind(live) : runNow;
    await using layer = await this.#books.layers.make("Keeping a snapshot", async (made) => {
      await still(() => copyChanges(upper, made.upper));
      await writeRecord(made.record, { bytes: await treeUsage(made.upper) });
      await syncFileSystem(made.directory);
    });
    layer.keep();
    await this.#books.putRoot(root, { ...record, snapshots: { ...record.snapshots, [snapshot]: layer.id } });
  }

  async restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void> {
    const bytes = await this.layerUsage(layer);
    if (record.counted) this.#requireFit(request, bytes);
    await this.#replace(request, record, async (upper) => {
      await requireSpace(upper, bytes, "Restoring the root");
      await copyChanges(this.#books.layers.at(layer).upper, upper);
    });
  }

  async layerUsage(layer: LayerId): Promise<number> {
    const record = await readLayerRecord(this.#books.layers.at(layer).record);
    return record?.bytes ?? 0;
  }

  /** Over its image, as the container saw it; what is shown lies in a half-made root, which a later daemon would remove. */
  async show(id: InstanceId, record: RootRecord, layer: LayerId): Promise<ShownSnapshot> {
    const directory = partialName(this.#books.layout.container(id).directory);
    const layout = containerLayout(directory);
    const { fingerprint } = record;
    const image = fingerprint === undefined ? undefined : this.#books.layout.image(fingerprint);
    const remove = async () => {
      await unmountContainerRoot(layout, this.#books.log);
      await removeTree(directory);
    };
    try {
      for (const path of [directory, layout.empty, layout.rootfs]) await mkdir(path, { mode: 0o700 });
      const { upper } = this.#books.layers.at(layer);
      mountReadOnlyOverlay([upper, lowerOf(layout, image)], layout.rootfs);
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

  /** The limit holds from the first byte, also while a copy is written. */
  async #fill(directory: string, request: RootRequest): Promise<void> {
    const { id, size } = request;
    await makeContainerRoot(containerLayout(directory), await this.#books.image(request), async (data) => {
      if (!(await this.#limits.supported())) return;
      await this.#limits.count(data, id);
      await this.#limits.set(id, size);
    });
  }

  /** While the old root and the new one are both there, no limit holds: together they may take twice of it. */
  async #replace(request: RootRequest, record: RootRecord, fill: (upper: string) => Promise<void>): Promise<void> {
    const { id, size } = request;
    await this.settle(id);
    const { directory } = this.#books.layout.container(id);
    const { size: _unlimited, ...unlimited } = request;
    const whole = { path: directory, mode: 0o700, what: `Making the root of ${id}` };
    try {
      await replaceWhole(whole, async (partial) => {
        await this.#fill(partial, unlimited);
        const layout = containerLayout(partial);
        await fill(layout.upper);
        await writeRecord(layout.record, record);
        await syncFileSystem(partial);
      });
    } finally {
      if (record.counted) await this.#limits.set(id, size);
    }
  }
}

const runNow = <T>(work: () => Promise<T>): Promise<T> => work();
