/**
 * Custom volumes as directories: what a volume holds lies in `now`, and the same thing as it was beside it. A copy shares its data with
 * what it was made of where the file system can (reflinks).
 */
import { mkdir, open, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type {
  CopyWork,
  PoolVolumes,
  SnapshotId,
  VolumeId,
  VolumeOrigin,
  VolumeRequest,
  VolumeSnapshotOf,
} from "@lodge/core";
import type { Logger } from "pino";
import { syncFileSystem } from "../../../system/durable.ts";
import { sharesData } from "../../../system/reflink.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import { requireSpace } from "./space.ts";
import { treeUsage } from "./tree-usage.ts";
import { Turns } from "./turns.ts";
import { type Content, contentOf, isThere, kindOf, snapshotName } from "./volume-content.ts";
import { FileVolumeStreams } from "./volume-streams.ts";
import { copyTree, linkTree, type VolumeTrees } from "./volume-trees.ts";
import { makeWhole, replaceWhole } from "./whole-directory.ts";

export interface FileVolumesOptions {
  /** The directory of the volumes; made when it is missing. */
  readonly directory: string;
  readonly trees: VolumeTrees;
  readonly log: Logger;
}

export class FileVolumes implements PoolVolumes {
  readonly streams?: FileVolumeStreams;
  readonly #directory: string;
  readonly #trees: VolumeTrees;
  readonly #log: Logger;
  readonly #turns = new Turns();
  readonly #shares = sharesData(() => this.#directory);

  constructor({ directory, trees, log }: FileVolumesOptions) {
    this.#directory = directory;
    this.#trees = trees;
    this.#log = log;
    if (trees.streams)
      this.streams = new FileVolumeStreams({ directory, trees, streams: trees.streams, turns: this.#turns });
  }

  create(request: VolumeRequest, origin?: VolumeOrigin, work?: CopyWork): Promise<void> {
    const source = origin?.kind === "volume" ? origin.volume : request.id;
    const create = () => this.#create(request, origin, work);
    return this.#turns.take(request.id, () => (source === request.id ? create() : this.#turns.take(source, create)));
  }

  async path(id: VolumeId, snapshot?: SnapshotId): Promise<string> {
    const content = snapshot ? contentOf(this.#snapshot(id, snapshot), id) : this.#content(id);
    return (await content).path;
  }

  resize(request: VolumeRequest): Promise<void> {
    return this.#turns.take(request.id, async () => {
      await this.#requireLimit(request);
      const { path, kind } = await this.#content(request.id);
      if (kind === "data") await this.#limit(path, request);
      else await growFile(path, request);
    });
  }

  async usage(id: VolumeId): Promise<number> {
    return usageOf(await this.#content(id));
  }

  remove(id: VolumeId): Promise<void> {
    return this.#turns.take(id, async () => {
      await removeNamed(this.#volume(id));
      await this.#trees.forget(id);
    });
  }

  keep({ volume, snapshot }: VolumeSnapshotOf, from?: VolumeOrigin, work?: CopyWork): Promise<void> {
    const source = from?.kind === "volume" ? from.volume : volume;
    const keep = () => this.#keep({ volume, snapshot }, from, work);
    return this.#turns.take(volume, () => (source === volume ? keep() : this.#turns.take(source, keep)));
  }

  async #keep(
    { volume, snapshot }: VolumeSnapshotOf,
    from: VolumeOrigin | undefined,
    work: CopyWork | undefined,
  ): Promise<void> {
    const own = await this.#content(volume);
    const content = { ...(from ? await this.#origin(from, own.kind) : own), ...(work && { work }) };
    if (!content.isFixed) await this.#requireRoomFor(content, "The snapshot");
    const whole = { path: this.#snapshot(volume, snapshot), mode: 0o700, what: "Keeping a snapshot of a volume" };
    await makeWhole(whole, async (directory) => {
      const path = join(directory, content.kind);
      if (content.kind === "data") await this.#trees.keep(path, content);
      else if (content.isFixed) await linkTree(content.path, path);
      else await copyTree(content, path);
      await syncFileSystem(directory);
    });
  }

  restore(request: VolumeRequest, snapshot: SnapshotId): Promise<void> {
    const { id } = request;
    return this.#turns.take(id, async () => {
      const kept = await contentOf(this.#snapshot(id, snapshot), id);
      await this.#requireRoomFor(kept, "Restoring the volume");
      const { path } = await this.#content(id);
      const whole = { path: join(this.#volume(id), "now"), mode: 0o700, what: `Restoring volume ${id}` };
      // While both are there no limit holds: together they may take twice of it.
      const { size: _limit, ...unlimited } = request;
      await this.#limit(path, unlimited);
      try {
        await replaceWhole(whole, (directory) => this.#fill(directory, request, kept));
      } finally {
        await this.#limit(path, request);
      }
    });
  }

  forget({ volume, snapshot }: VolumeSnapshotOf): Promise<void> {
    return this.#turns.take(volume, () => removeNamed(this.#snapshot(volume, snapshot)));
  }

  async reconcile(volumes: ReadonlyMap<VolumeId, readonly SnapshotId[]>): Promise<void> {
    for (const name of await namesIn(this.#directory)) {
      const snapshots = volumes.get(name as VolumeId);
      const volume = join(this.#directory, name);
      if (!snapshots) {
        await this.#removeUnknown(volume);
        continue;
      }
      const named = new Set<string>(["now", ...snapshots.map(snapshotName)]);
      for (const part of await namesIn(volume)) {
        if (!named.has(part)) await this.#removeUnknown(join(volume, part));
      }
    }
  }

  async #create(request: VolumeRequest, origin: VolumeOrigin | undefined, work: CopyWork | undefined): Promise<void> {
    await this.#requireLimit(request);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = this.#volume(request.id);
    if (await isThere(path)) throw new LodgeError({ code: "pool_failed", message: `There is a volume ${request.id}.` });
    const from = origin && { ...(await this.#origin(origin, kindOf(request))), ...(work && { work }) };
    if (from) await this.#requireRoomFor(from, "The volume");
    const whole = { path, mode: 0o700, what: `Making volume ${request.id}` };
    try {
      await makeWhole(whole, async (directory) => {
        const now = join(directory, "now");
        await mkdir(now, { mode: 0o700 });
        await this.#fill(now, request, from);
      });
    } catch (error) {
      await this.#trees.forget(request.id);
      throw error;
    }
  }

  async #origin(origin: VolumeOrigin, kind: Content["kind"]): Promise<Content> {
    if (origin.kind === "path") return { path: origin.path, kind, isOwn: false };
    const { volume, snapshot } = origin;
    const found = snapshot ? await this.#kept(volume, snapshot) : await this.#content(volume);
    if (found.kind === kind) return found;
    throw new LodgeError({ code: "pool_failed", message: `Volume ${volume} does not hold what is made of it.` });
  }

  async #kept(volume: VolumeId, snapshot: SnapshotId): Promise<Content> {
    return { ...(await contentOf(this.#snapshot(volume, snapshot), volume)), isFixed: true };
  }

  /** Puts the content into an empty directory. */
  async #fill(directory: string, request: VolumeRequest, from: Content | undefined): Promise<void> {
    const path = join(directory, kindOf(request));
    if (kindOf(request) === "data") {
      if (from) await this.#requireFit(request, from);
      await this.#trees.make(path, request, from);
    } else {
      if (from) await copyTree(from, path);
      else await (await open(path, "wx", 0o600)).close();
      await growFile(path, request);
    }
    await syncFileSystem(directory);
  }

  /** The kernel would let the host's root write past a limit. */
  async #requireFit({ id, size }: VolumeRequest, from: Content): Promise<void> {
    const bytes = size === undefined ? 0 : await usageOf(from);
    if (size === undefined || bytes <= size) return;
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Volume ${id} cannot be limited to ${size} bytes: what is copied takes ${bytes}. Ask for more.`,
    });
  }

  /** A copy of what is in this pool takes none where files share their data. */
  async #requireRoomFor(from: Content, what: string): Promise<void> {
    if (from.isOwn && (await this.#shares())) return;
    await requireSpace(this.#directory, await usageOf(from), what);
  }

  async #requireLimit({ content, size }: VolumeRequest): Promise<void> {
    if (content !== "filesystem" || size === undefined) return;
    const refusal = await this.#trees.refusal();
    if (refusal === undefined) return;
    throw new LodgeError({
      code: "pool_size_unsupported",
      message: `A volume of files cannot be limited in size here: ${refusal}. Leave the size out, or make a block volume.`,
    });
  }

  /** `path`: of the tree. */
  async #limit(path: string, request: VolumeRequest): Promise<void> {
    if (request.content !== "filesystem" || (await this.#trees.refusal()) !== undefined) return;
    await this.#trees.limit(path, request);
  }

  async #content(id: VolumeId): Promise<Content> {
    return contentOf(join(this.#volume(id), "now"), id);
  }

  #volume(id: VolumeId): string {
    return join(this.#directory, id);
  }

  #snapshot(id: VolumeId, snapshot: SnapshotId): string {
    return join(this.#volume(id), snapshotName(snapshot));
  }

  /** What cannot be removed now is tried again at the next start; the daemon does without. */
  async #removeUnknown(path: string): Promise<void> {
    this.#log.info({ path }, "removing what is no volume's");
    await removeTree(path).catch((error: unknown) =>
      this.#log.error({ err: error, path }, "what is no volume's could not be removed"),
    );
  }
}

async function growFile(path: string, { id, size }: VolumeRequest): Promise<void> {
  if (size === undefined) return;
  const before = (await stat(path)).size;
  if (size < before) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Volume ${id} cannot be ${size} bytes: it has ${before}, and a disk does not shrink.`,
    });
  }
  if (size > before) await truncate(path, size);
}

async function usageOf({ path, kind }: Pick<Content, "path" | "kind">): Promise<number> {
  if (kind === "disk") return (await stat(path)).blocks * 512;
  return treeUsage(path);
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}
