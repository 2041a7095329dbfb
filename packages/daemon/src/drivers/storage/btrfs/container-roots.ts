/**
 * Roots of containers as subvolumes: a snapshot of the image's, in which the container writes. Keeping, restoring and copying are
 * snapshots again, and take no longer for a large root than for a small one.
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
  SnapshotOf,
} from "@lodge/core";
import { askOnce } from "../../../system/ask-once.ts";
import { syncFileSystem, syncPath } from "../../../system/durable.ts";
import type { IdMapping } from "../../../system/id-mapping.ts";
import { mountClone } from "../../../system/mounts.ts";
import { run } from "../../../system/run.ts";
import { createSubvolume, isSubvolume, setReadOnly, snapshotSubvolume } from "../../../system/subvolumes.ts";
import { newRootRecord, type PoolBooks } from "../file-pool/books.ts";
import { mountFor, unmountContainerRoot } from "../file-pool/container-mount.ts";
import { fillContainer } from "../file-pool/fill-container.ts";
import { containerLayout, type LayerId } from "../file-pool/layout.ts";
import { type RootRecord, writeRecord } from "../file-pool/records.ts";
import { sizeTooSmall, sizeUnsupported } from "../file-pool/refusals.ts";
import { removeNamed } from "../file-pool/remove-tree.ts";
import type { ContainerKeeping } from "../file-pool/roots.ts";
import { layerOf, snapshotsOf, whileStill, withSnapshot } from "../file-pool/snapshot-layers.ts";
import { replaceWhole } from "../file-pool/whole-directory.ts";
import { countUsage, hasQuotas, limitSubvolume, noQuotas, type SubvolumeUsage, usageOf } from "./qgroups.ts";
import { SubvolumeStreams } from "./root-streams.ts";
import { closedOf, treeOf } from "./subvolume-layout.ts";

export class SubvolumeRoots implements ContainerKeeping {
  readonly streams: SubvolumeStreams;
  readonly #books: PoolBooks;
  readonly #hasQuotas = askOnce(() => hasQuotas(this.#books.layout.root));

  constructor(books: PoolBooks) {
    this.#books = books;
    this.streams = new SubvolumeStreams({ books, limit: (request, tree) => this.#limit(request, tree) });
  }

  async sizeProblem(): Promise<string | undefined> {
    return (await this.#hasQuotas()) ? undefined : noQuotas;
  }

  async copies(): Promise<ContainerCopies> {
    return "instant";
  }

  makeTree(path: string): Promise<void> {
    return createSubvolume(path);
  }

  /** A directory in a subvolume becomes one by sharing its files' data with it. */
  async placeTree(from: string, to: string): Promise<void> {
    if (await isSubvolume(from)) await rename(from, to);
    else {
      await createSubvolume(to);
      const args = ["--archive", "--reflink=always", "--no-target-directory", "--", from, to];
      await run("cp", args, { timeout: 3_600_000, bound: true, code: "pool_failed" });
    }
    await setReadOnly(to, true);
  }

  async create(request: RootRequest): Promise<void> {
    const origin = await this.#origin(request);
    await this.#requireFit(request, origin);
    await this.#books.newRoot(request, newRootRecord(request), (directory) => this.#fill(directory, request, origin));
  }

  async copy(copy: RootCopy, source: RootRecord, request: RootRequest): Promise<void> {
    const { live } = copy;
    const layer = copy.snapshot && layerOf(source, { root: copy.from, snapshot: copy.snapshot });
    const origin = layer ? this.#layerTree(layer) : this.#tree(copy.from);
    const record = { ...newRootRecord(request), ...snapshotsOf(source, copy) };
    await this.#requireFit(request, origin);
    await this.#books.newRoot(request, record, async (directory) => {
      const fill = () => this.#fill(directory, request, origin);
      await whileStill(layer ? undefined : live, fill);
    });
  }

  async replace(request: RootRequest, record: RootRecord): Promise<void> {
    const { snapshots } = record;
    const after = { ...newRootRecord(request), ...(snapshots && { snapshots }) };
    await this.#replace(request, after, await this.#origin(request));
  }

  async prepare(request: RootRequest, _record: RootRecord, ids: IdRange): Promise<PreparedRoot> {
    const layout = this.#books.layout.container(request.id);
    const tree = treeOf(layout.directory);
    await this.#requireFit(request, tree);
    await this.#limit(request, tree);
    const mount = (mapping: IdMapping | undefined) =>
      mountClone({ source: tree, target: layout.rootfs, readOnly: false, ...(mapping && { mapping }) });
    await mountFor({ layout, tree, ids, log: this.#books.log, mount });
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
    if (record.snapshots) await this.#books.layers.sweep();
  }

  async usage(id: InstanceId): Promise<number> {
    return (await this.#usageOf(this.#tree(id))).exclusive;
  }

  async keep(snapshot: SnapshotOf, record: RootRecord, live: LiveRoot | undefined): Promise<void> {
    await using layer = await this.#books.layers.make("Keeping a snapshot", async ({ directory }) => {
      await mkdir(closedOf(directory), { mode: 0o700 });
      const tree = this.#tree(snapshot.root);
      await whileStill(live, () => snapshotSubvolume(tree, treeOf(directory), "readonly"));
    });
    layer.keep();
    await this.#books.putRoot(snapshot.root, withSnapshot(record, snapshot, layer.id));
  }

  async restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void> {
    const origin = this.#layerTree(layer);
    await this.#requireFit(request, origin);
    await this.#replace(request, record, origin);
  }

  async layerUsage(layer: LayerId): Promise<number> {
    return (await this.#usageOf(this.#layerTree(layer))).exclusive;
  }

  #tree(id: InstanceId): string {
    return treeOf(this.#books.layout.container(id).directory);
  }

  #layerTree(layer: LayerId): string {
    return treeOf(this.#books.layers.at(layer).directory);
  }

  /** What a new root is a snapshot of; undefined: it begins empty. */
  async #origin(request: RootRequest): Promise<string | undefined> {
    await this.#books.makeDirectories();
    return (await this.#books.image(request))?.rootfs;
  }

  async #fill(directory: string, request: RootRequest, origin: string | undefined): Promise<void> {
    const tree = treeOf(directory);
    await mkdir(closedOf(directory), { mode: 0o700 });
    if (origin === undefined) await createSubvolume(tree);
    else await snapshotSubvolume(origin, tree, "writable");
    // Newer kernels leave an empty subvolume to the next commit.
    await syncPath(closedOf(directory));
    await this.#limit(request, tree);
    await mkdir(containerLayout(directory).rootfs, { mode: 0o700 });
  }

  /** Another root in the place of a stopped, settled one. */
  async #replace(request: RootRequest, record: RootRecord, origin: string | undefined): Promise<void> {
    const { id } = request;
    await this.settle(id);
    const { directory } = this.#books.layout.container(id);
    await replaceWhole({ path: directory, mode: 0o700, what: `Making the root of ${id}` }, async (partial) => {
      await this.#fill(partial, request, origin);
      await writeRecord(containerLayout(partial).record, record);
    });
  }

  async #limit(request: RootRequest, tree: string): Promise<void> {
    if (await this.#hasQuotas()) await limitSubvolume(tree, request.size);
    else if (request.size !== undefined) throw sizeUnsupported(request, noQuotas);
  }

  /** A subvolume that refers to more than its limit could not be written to at all. */
  async #requireFit(request: RootRequest, origin: string | undefined): Promise<void> {
    if (request.size === undefined || origin === undefined) return;
    // What was written last counts, too.
    await syncFileSystem(origin);
    const { referenced } = await this.#usageOf(origin);
    if (request.size < referenced) throw sizeTooSmall(request, referenced);
  }

  async #usageOf(tree: string): Promise<SubvolumeUsage> {
    return (await this.#hasQuotas()) ? usageOf(tree) : countUsage(tree);
  }
}
