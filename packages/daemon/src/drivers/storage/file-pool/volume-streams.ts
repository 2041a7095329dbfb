/** Volumes of files as streams: each state in what it differs from the one before. */
import { chmod, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type {
  SentState,
  SnapshotId,
  StateReceiver,
  VolumeId,
  VolumeRequest,
  VolumeState,
  VolumeStreams,
} from "@lodge/core";
import { syncFileSystem, syncPath } from "../../../system/durable.ts";
import { partialName, removeTree } from "./remove-tree.ts";
import { asSpaceError } from "./space.ts";
import type { Turns } from "./turns.ts";
import { contentOf, isThere, snapshotName } from "./volume-content.ts";
import type { TreeStreams, VolumeTrees } from "./volume-trees.ts";

export interface FileVolumeStreamsOptions {
  /** Of the volumes. */
  readonly directory: string;
  readonly trees: VolumeTrees;
  readonly streams: TreeStreams;
  /** By volume. */
  readonly turns: Turns;
}

export class FileVolumeStreams implements VolumeStreams {
  readonly #options: FileVolumeStreamsOptions;

  constructor(options: FileVolumeStreamsOptions) {
    this.#options = options;
  }

  async has(volume: VolumeId): Promise<boolean> {
    const directory = join(this.#options.directory, volume);
    for (const name of (await readdir(directory)).filter((each) => !each.startsWith("."))) {
      const { path, kind } = await contentOf(join(directory, name), volume);
      if (kind !== "data" || !(await this.#options.streams.has(path))) return false;
    }
    return true;
  }

  async send(state: VolumeState, since?: VolumeState): Promise<SentState> {
    const { streams } = this.#options;
    const parent = since && (await this.#tree(since));
    // A snapshot lies there; what can be written to is kept for as long as it is read.
    const kept = state.snapshot === undefined ? await this.#keepNow(state.volume) : undefined;
    const tree = kept === undefined ? await this.#tree(state) : join(kept, "data");
    return {
      kind: "sent",
      async bytes() {
        let count = 0;
        for await (const piece of streams.send(tree, parent)) count += piece.length;
        return count;
      },
      stream: () => streams.send(tree, parent),
      async [Symbol.asyncDispose]() {
        if (kept !== undefined) await removeTree(kept);
      },
    };
  }

  receive(request: VolumeRequest): StateReceiver {
    return new VolumeReceiver(this.#options, request);
  }

  async #tree({ volume, snapshot }: VolumeState): Promise<string> {
    const state = snapshot === undefined ? "now" : snapshotName(snapshot);
    return (await contentOf(join(this.#options.directory, volume, state), volume)).path;
  }

  /** Under a name that `reconcile` takes for half-made. */
  #keepNow(volume: VolumeId): Promise<string> {
    const { directory, trees, turns } = this.#options;
    const kept = partialName(join(directory, volume, "now"));
    return turns.take(volume, async () => {
      await mkdir(kept, { mode: 0o700 });
      await trees.keep(join(kept, "data"), { path: await this.#tree({ volume }), isOwn: true });
      return kept;
    });
  }
}

/** What has come lies beside the volumes until it is whole. */
class VolumeReceiver implements StateReceiver {
  readonly #options: FileVolumeStreamsOptions;
  readonly #request: VolumeRequest;
  readonly #path: string;
  #partial: string | undefined;

  constructor(options: FileVolumeStreamsOptions, request: VolumeRequest) {
    this.#options = options;
    this.#request = request;
    this.#path = join(options.directory, request.id);
  }

  async take(stream: AsyncIterable<Buffer>, snapshot?: SnapshotId): Promise<void> {
    try {
      const partial = await this.#begin();
      if (snapshot === undefined) await this.#takeVolume(partial, stream);
      else {
        const place = await this.#place(partial, snapshotName(snapshot));
        await this.#options.streams.receive(join(place, "data"), stream);
      }
    } catch (error) {
      throw asSpaceError(error, "The volume");
    }
  }

  /** What was received stays as it is; the volume is made of it. */
  async #takeVolume(partial: string, stream: AsyncIterable<Buffer>): Promise<void> {
    const { trees, streams, turns } = this.#options;
    const [received, now] = [await this.#place(partial, ".received"), await this.#place(partial, "now")];
    await streams.receive(join(received, "data"), stream);
    await trees.make(join(now, "data"), { id: this.#request.id }, { path: join(received, "data"), isOwn: true });
    await removeTree(received);
    await chmod(partial, 0o700);
    await syncFileSystem(partial);
    await turns.take(this.#request.id, async () => {
      if (await isThere(this.#path)) throw alreadyThere(this.#request.id);
      await rename(partial, this.#path);
    });
    this.#partial = undefined;
    await syncPath(dirname(this.#path));
  }

  async #begin(): Promise<string> {
    if (this.#partial !== undefined) return this.#partial;
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    const partial = partialName(this.#path);
    await mkdir(partial, { mode: 0o700 });
    this.#partial = partial;
    return partial;
  }

  async #place(partial: string, name: string): Promise<string> {
    const place = join(partial, name);
    await mkdir(place, { mode: 0o700 });
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#partial !== undefined) await removeTree(this.#partial);
    this.#partial = undefined;
  }
}

function alreadyThere(id: VolumeId): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `There is a volume ${id}.` });
}
