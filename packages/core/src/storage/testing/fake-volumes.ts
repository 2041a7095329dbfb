import { LodgeError } from "@lodge/api/errors";
import type { SnapshotId } from "../snapshots.ts";
import type { VolumeState } from "../streams.ts";
import type { PoolVolumes, VolumeId, VolumeOrigin, VolumeRequest, VolumeSnapshotOf } from "../volumes.ts";
import { FakeStreams } from "./fake-streams.ts";

interface FakeVolume {
  readonly request: VolumeRequest;
  /** What somebody wrote to it; a test writes it in their place. */
  content: string;
  readonly snapshots: Map<SnapshotId, string>;
}

/** Volumes that are nothing but notes, open to the test. */
export class FakeVolumes implements PoolVolumes {
  readonly kept = new Map<VolumeId, FakeVolume>();
  /** Thrown by the next call of the method, once. */
  readonly failures = new Map<keyof PoolVolumes, Error>();

  /** Set by `stream`. */
  streams?: FakeStreams<VolumeState, VolumeRequest>;

  stream(): FakeStreams<VolumeState, VolumeRequest> {
    this.streams = new FakeStreams({
      content: (state) => this.#content({ kind: "volume", ...state }),
      make: async (request, content, snapshots) => void this.kept.set(request.id, { request, content, snapshots }),
    });
    return this.streams;
  }

  async create(request: VolumeRequest, origin?: VolumeOrigin): Promise<void> {
    this.#mayFail("create");
    if (this.kept.has(request.id)) throw new Error("there is such a volume already");
    this.kept.set(request.id, { request, content: this.#content(origin), snapshots: new Map() });
  }

  async path(id: VolumeId, snapshot?: SnapshotId): Promise<string> {
    this.#content({ kind: "volume", volume: id, ...(snapshot && { snapshot }) });
    return `/fake/volumes/${id}${snapshot ? `/${snapshot}` : ""}`;
  }

  /** What lies at a path that `path` told. */
  at(path: string): { read(): string; write(content: string): void } | undefined {
    const [, id = "", snapshot] = /^\/fake\/volumes\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
    const volume = this.kept.get(id as VolumeId);
    if (!volume) return undefined;
    return {
      read: () => (snapshot === undefined ? volume.content : (volume.snapshots.get(snapshot as SnapshotId) ?? "")),
      write: (content) => void (volume.content = content),
    };
  }

  async resize(request: VolumeRequest): Promise<void> {
    this.#mayFail("resize");
    const volume = this.#need(request.id);
    const { size } = volume.request;
    if (request.content === "block" && (request.size ?? 0) < (size ?? 0)) throw shrinks(request);
    this.kept.set(request.id, { ...volume, request });
  }

  async usage(id: VolumeId): Promise<number> {
    return this.#need(id).content.length;
  }

  async remove(id: VolumeId): Promise<void> {
    this.#mayFail("remove");
    this.kept.delete(id);
  }

  async keep({ volume, snapshot }: VolumeSnapshotOf, from?: VolumeOrigin): Promise<void> {
    this.#mayFail("keep");
    const { snapshots, content } = this.#need(volume);
    snapshots.set(snapshot, from ? this.#content(from) : content);
  }

  async restore(request: VolumeRequest, snapshot: SnapshotId): Promise<void> {
    this.#mayFail("restore");
    const volume = this.#need(request.id);
    volume.content = this.#content({ kind: "volume", volume: request.id, snapshot });
    await this.resize(request);
  }

  async forget({ volume, snapshot }: VolumeSnapshotOf): Promise<void> {
    this.#mayFail("forget");
    this.kept.get(volume)?.snapshots.delete(snapshot);
  }

  async reconcile(volumes: ReadonlyMap<VolumeId, readonly SnapshotId[]>): Promise<void> {
    for (const [id, { snapshots }] of this.kept) {
      const named = volumes.get(id);
      if (!named) this.kept.delete(id);
      for (const snapshot of snapshots.keys()) if (!named?.includes(snapshot)) snapshots.delete(snapshot);
    }
  }

  #content(origin: VolumeOrigin | undefined): string {
    if (!origin) return "";
    if (origin.kind === "path") return origin.path;
    const { content, snapshots } = this.#need(origin.volume);
    if (!origin.snapshot) return content;
    const kept = snapshots.get(origin.snapshot);
    if (kept === undefined) throw new Error("there is no such snapshot");
    return kept;
  }

  #need(id: VolumeId): FakeVolume {
    const volume = this.kept.get(id);
    if (!volume) throw new Error(`there is no volume ${id}`);
    return volume;
  }

  #mayFail(method: keyof PoolVolumes): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }
}

function shrinks({ id }: VolumeRequest): LodgeError {
  return new LodgeError({ code: "config_value_invalid", message: `Volume ${id} cannot shrink.` });
}
