import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { IdRange, InstanceId } from "../../instances/driver.ts";
import type {
  ImageFiles,
  PoolDriver,
  PoolInfo,
  PoolUsage,
  PreparedRoot,
  Progress,
  RootRequest,
  RootUsage,
} from "../pool.ts";
import type { RootCopy, SnapshotId } from "../snapshots.ts";
import type { RootState } from "../streams.ts";
import { FakeSnapshots } from "./fake-snapshots.ts";
import { FakeStates } from "./fake-states.ts";
import { FakeStreams } from "./fake-streams.ts";
import { FakeVolumes } from "./fake-volumes.ts";

export interface FakePoolOptions {
  /** Bytes of every VM image's disk; default 1 GiB. */
  readonly diskSize?: number;
  /** Free bytes; a root or an image takes one MiB. Default: plenty. */
  readonly room?: number;
}

const mebibyte = 1024 ** 2;

/** What prepared roots of all pools show, by their paths. */
const shown = new Map<string, () => string | undefined>();

/** A pool that keeps books and touches no disk. What it holds is open to the test. */
export class FakePool implements PoolDriver {
  /** Fingerprints. */
  readonly images = new Map<string, ImageFiles>();
  readonly roots = new Map<InstanceId, RootRequest>();
  /** What an instance wrote to its root; a test writes it in its place. */
  readonly contents = new Map<InstanceId, string>();
  readonly snapshots = new FakeSnapshots(this);
  readonly states: FakeStates;
  readonly volumes = new FakeVolumes();
  /** Set by `stream`. */
  streams?: FakeStreams<RootState, RootRequest>;
  readonly prepared = new Map<InstanceId, IdRange>();
  /** Thrown by the next call of the method, once. */
  readonly failures = new Map<keyof PoolDriver, Error>();
  readonly #diskSize: number;
  readonly #room: number;

  constructor(options: FakePoolOptions = {}) {
    this.#diskSize = options.diskSize ?? 1024 * mebibyte;
    this.#room = options.room ?? 1024 * 1024 * mebibyte;
    this.states = new FakeStates(this.#room);
  }

  /** Makes it a pool with a form of its own. */
  stream(): FakeStreams<RootState, RootRequest> {
    this.volumes.stream();
    this.streams = new FakeStreams({
      content: ({ root, snapshot }) =>
        snapshot === undefined ? (this.contents.get(root) ?? "") : this.snapshots.content({ root, snapshot }),
      make: async (request, content, kept) => {
        await this.createRoot(request);
        this.contents.set(request.id, content);
        if (kept.size > 0) this.snapshots.kept.set(request.id, kept);
      },
    });
    return this.streams;
  }

  /** What lies at the path of a prepared root or of a volume. */
  read(path: string): string {
    return this.volumes.at(path)?.read() ?? this.contents.get(idOf(path)) ?? "";
  }

  write(path: string, content: string): void {
    const volume = this.volumes.at(path);
    if (volume) volume.write(content);
    else this.contents.set(idOf(path), content);
  }

  async info(): Promise<PoolInfo> {
    this.#mayFail("info");
    return {
      driver: "fake",
      containerCopies: "instant",
      containerSize: false,
      containerSizeReason: "it is a fake",
      compaction: false,
      ...(this.streams && { streams: "fake" }),
    };
  }

  async usage(): Promise<PoolUsage> {
    this.#mayFail("usage");
    const used = this.#used();
    return { used, total: this.#room, inodesUsed: this.roots.size, inodesTotal: 1_000_000 };
  }

  async unpackImage(image: ImageFiles, progress: Progress, signal: AbortSignal): Promise<void> {
    this.#mayFail("unpackImage");
    if (signal.aborted) throw new LodgeError({ code: "operation_cancelled", message: "Unpacking was cancelled." });
    if (!this.images.has(image.fingerprint)) this.#take();
    this.images.set(image.fingerprint, image);
    progress(100);
  }

  async removeImage(fingerprint: string): Promise<void> {
    this.#mayFail("removeImage");
    this.images.delete(fingerprint);
  }

  async createRoot(request: RootRequest): Promise<void> {
    this.#mayFail("createRoot");
    this.#make(request, request.fingerprint === undefined ? 0 : this.#diskSize);
  }

  async copyRoot(copy: RootCopy, request: RootRequest): Promise<void> {
    this.#mayFail("copyRoot");
    const now = async () => this.contents.get(copy.from);
    const content = copy.snapshot
      ? this.snapshots.content({ root: copy.from, snapshot: copy.snapshot })
      : await (copy.live ? copy.live.still(now) : now());
    this.#make(request, this.#root(copy.from).size ?? this.#diskSize);
    if (content !== undefined) this.contents.set(request.id, content);
    this.snapshots.copy(copy, request.id);
  }

  async replaceRoot(request: RootRequest): Promise<void> {
    this.#mayFail("replaceRoot");
    const before = this.#root(request.id);
    this.roots.delete(request.id);
    try {
      await this.createRoot(request);
    } catch (error) {
      this.roots.set(request.id, before);
      throw error;
    }
    this.contents.delete(request.id);
  }

  async prepareRoot(request: RootRequest, ids: IdRange): Promise<PreparedRoot> {
    this.#mayFail("prepareRoot");
    const { type } = this.#root(request.id);
    this.prepared.set(request.id, ids);
    const path = `/fake/${request.id}`;
    shown.set(path, () => this.contents.get(request.id));
    if (type === "container") return { kind: "directory", path };
    return { kind: "disk", path, format: "qcow2", overlays: 1, state: `${path}.state` };
  }

  async fillRoot({ id }: RootRequest, from: PreparedRoot): Promise<void> {
    this.#mayFail("fillRoot");
    this.#root(id);
    this.contents.set(id, shown.get(from.path)?.() ?? "");
  }

  async settleRoot(id: InstanceId): Promise<void> {
    this.#mayFail("settleRoot");
    this.prepared.delete(id);
  }

  async settleRoots(ids: readonly InstanceId[]): Promise<void> {
    for (const id of ids) await this.settleRoot(id);
  }

  async removeRoot(id: InstanceId): Promise<void> {
    this.#mayFail("removeRoot");
    this.prepared.delete(id);
    this.roots.delete(id);
    this.contents.delete(id);
    this.snapshots.forget(id, []);
    await this.states.retain(id, []);
  }

  async rootUsage(id: InstanceId, _maxAge?: number): Promise<RootUsage> {
    this.#mayFail("rootUsage");
    this.#root(id);
    return { bytes: mebibyte };
  }

  async reconcile(
    roots: ReadonlyMap<InstanceId, readonly SnapshotId[]>,
    fingerprints: readonly string[],
  ): Promise<void> {
    this.#mayFail("reconcile");
    const needed = new Set(fingerprints);
    for (const [id, { fingerprint }] of this.roots) {
      const snapshots = roots.get(id);
      if (!snapshots) await this.removeRoot(id);
      else this.snapshots.forget(id, snapshots);
      if (snapshots && fingerprint !== undefined) needed.add(fingerprint);
    }
    for (const fingerprint of this.images.keys()) {
      if (!needed.has(fingerprint)) this.images.delete(fingerprint);
    }
  }

  #make(request: RootRequest, leastSize: number): void {
    if (request.type === "container" && request.size !== undefined) {
      throw new LodgeError({ code: "pool_size_unsupported", message: "A fake pool cannot limit a container's root." });
    }
    if (request.size !== undefined && request.size < leastSize) {
      throw new LodgeError({ code: "config_value_invalid", message: `The disk needs at least ${leastSize} bytes.` });
    }
    if (request.fingerprint !== undefined) this.#requireImage(request.fingerprint, request.type);
    if (this.roots.has(request.id)) throw new LodgeError({ code: "pool_failed", message: "The root exists." });
    this.#take();
    this.roots.set(request.id, request);
  }

  #requireImage(fingerprint: string, type: InstanceType): void {
    const image = this.images.get(fingerprint);
    if (!image) throw new LodgeError({ code: "image_not_found", message: "The image is not unpacked." });
    if (image.type === type) return;
    throw new LodgeError({ code: "image_type_mismatch", message: `The image is a ${image.type} image.` });
  }

  #root(id: InstanceId): RootRequest {
    const root = this.roots.get(id);
    if (!root) throw new LodgeError({ code: "pool_failed", message: `Instance ${id} has no root.` });
    return root;
  }

  #take(): void {
    if (this.#used() + mebibyte <= this.#room) return;
    throw new LodgeError({ code: "pool_full", message: "The fake pool has no room left." });
  }

  #used(): number {
    return (this.images.size + this.roots.size) * mebibyte;
  }

  #mayFail(method: keyof PoolDriver): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }
}

const idOf = (path: string): InstanceId => (path.split("/").at(-1) ?? "") as InstanceId;
