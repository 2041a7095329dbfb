/**
 * Custom volumes as directories: what a volume holds lies in `now`, and the same thing as it was beside it. A copy shares its data with
 * what it was made of where the file system can (reflinks).
 */
import { mkdir, open, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { PoolVolumes, SnapshotId, VolumeId, VolumeOrigin, VolumeRequest, VolumeSnapshotOf } from "@lodge/core";
import type { Logger } from "pino";
import { syncFileSystem } from "../../../system/durable.ts";
import { sharesData } from "../../../system/reflink.ts";
import { run } from "../../../system/run.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import { requireSpace } from "./space.ts";
import { treeUsage } from "./tree-usage.ts";
import { Turns } from "./turns.ts";
import { makeWhole, replaceWhole } from "./whole-directory.ts";

/** How a pool limits what the files of a directory take. */
export interface VolumeLimits {
  /** Why it cannot, as the end of a sentence; undefined when it can. */
  refusal(): Promise<string | undefined>;
  /** Counts all that will be made in an empty directory for this volume. Only where limits are possible. */
  count(directory: string, id: VolumeId): Promise<void>;
  /** Sets or (without bytes) lifts the limit. */
  set(id: VolumeId, bytes?: number): Promise<void>;
}

export interface FileVolumesOptions {
  /** The directory of the volumes; made when it is missing. */
  readonly directory: string;
  readonly limits: VolumeLimits;
  readonly log: Logger;
}

export class FileVolumes implements PoolVolumes {
  readonly #directory: string;
  readonly #limits: VolumeLimits;
  readonly #log: Logger;
  readonly #turns = new Turns();
  readonly #shares = sharesData(() => this.#directory);

  constructor({ directory, limits, log }: FileVolumesOptions) {
    this.#directory = directory;
    this.#limits = limits;
    this.#log = log;
  }

  create(request: VolumeRequest, origin?: VolumeOrigin): Promise<void> {
    const source = origin?.kind === "volume" ? origin.volume : request.id;
    return this.#turns.take(request.id, () =>
      source === request.id
        ? this.#create(request, origin)
        : this.#turns.take(source, () => this.#create(request, origin)),
    );
  }

  async path(id: VolumeId, snapshot?: SnapshotId): Promise<string> {
    const content = snapshot ? contentOf(this.#snapshot(id, snapshot), id) : this.#content(id);
    return (await content).path;
  }

  resize(request: VolumeRequest): Promise<void> {
    return this.#turns.take(request.id, async () => {
      await this.#requireLimit(request);
      const { path, kind } = await this.#content(request.id);
      if (kind === "data") await this.#limit(request);
      else await growFile(path, request);
    });
  }

  async usage(id: VolumeId): Promise<number> {
    return usageOf(await this.#content(id));
  }

  remove(id: VolumeId): Promise<void> {
    return this.#turns.take(id, async () => {
      await removeNamed(this.#volume(id));
      if ((await this.#limits.refusal()) === undefined) await this.#limits.set(id);
    });
  }

  keep({ volume, snapshot }: VolumeSnapshotOf, from?: string): Promise<void> {
    return this.#turns.take(volume, async () => {
      const own = await this.#content(volume);
      const content = from === undefined ? own : { ...own, path: from };
      if (from === undefined) await this.#requireRoom(content, "The snapshot");
      else await requireSpace(this.#directory, await usageOf(content), "The snapshot");
      const whole = { path: this.#snapshot(volume, snapshot), mode: 0o700, what: "Keeping a snapshot of a volume" };
      await makeWhole(whole, async (directory) => {
        await copyTree(content.path, join(directory, content.kind));
        await syncFileSystem(directory);
      });
    });
  }

  restore(request: VolumeRequest, snapshot: SnapshotId): Promise<void> {
    const { id } = request;
    return this.#turns.take(id, async () => {
      const kept = await contentOf(this.#snapshot(id, snapshot), id);
      await this.#requireRoom(kept, "Restoring the volume");
      const whole = { path: join(this.#volume(id), "now"), mode: 0o700, what: `Restoring volume ${id}` };
      // While both are there no limit holds: together they may take twice of it.
      await this.#lift(request);
      try {
        await replaceWhole(whole, (directory) => this.#fill(directory, request, kept));
      } finally {
        await this.#limit(request);
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

  async #create(request: VolumeRequest, origin: VolumeOrigin | undefined): Promise<void> {
    await this.#requireLimit(request);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = this.#volume(request.id);
    if (await isThere(path)) throw new LodgeError({ code: "pool_failed", message: `There is a volume ${request.id}.` });
    const from = origin && (await this.#origin(origin, request));
    if (from && origin.kind === "volume") await this.#requireRoom(from, "The volume");
    else if (from) await requireSpace(this.#directory, await usageOf(from), "The volume");
    const whole = { path, mode: 0o700, what: `Making volume ${request.id}` };
    try {
      await makeWhole(whole, async (directory) => {
        const now = join(directory, "now");
        await mkdir(now, { mode: 0o700 });
        await this.#fill(now, request, from);
      });
    } catch (error) {
      if ((await this.#limits.refusal()) === undefined) await this.#limits.set(request.id);
      throw error;
    }
  }

  async #origin(origin: VolumeOrigin, request: VolumeRequest): Promise<Content> {
    if (origin.kind === "path") return { path: origin.path, kind: kindOf(request) };
    const { volume, snapshot } = origin;
    const found = snapshot ? await contentOf(this.#snapshot(volume, snapshot), volume) : await this.#content(volume);
    if (found.kind === kindOf(request)) return found;
    throw new LodgeError({ code: "pool_failed", message: `Volume ${volume} does not hold what ${request.id} is to.` });
  }

  /** Puts the content into an empty directory. The limit holds from the first byte, also while a copy is written. */
  async #fill(directory: string, request: VolumeRequest, from: Content | undefined): Promise<void> {
    const path = join(directory, kindOf(request));
    if (kindOf(request) === "data") {
      if (from) await this.#requireFit(request, from);
      await mkdir(path, { mode: 0o711 });
      if ((await this.#limits.refusal()) === undefined) await this.#limits.count(path, request.id);
      await this.#limit(request);
      if (from) await copyTree(from.path, path);
    } else {
      if (from) await copyTree(from.path, path);
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

  /** For a copy of what is in this pool: it takes none where files share their data. */
  async #requireRoom(from: Content, what: string): Promise<void> {
    if (!(await this.#shares())) await requireSpace(this.#directory, await usageOf(from), what);
  }

  async #requireLimit({ content, size }: VolumeRequest): Promise<void> {
    if (content !== "filesystem" || size === undefined) return;
    const refusal = await this.#limits.refusal();
    if (refusal === undefined) return;
    throw new LodgeError({
      code: "pool_size_unsupported",
      message: `A volume of files cannot be limited in size here: ${refusal}. Leave the size out, or make a block volume.`,
    });
  }

  async #limit({ id, content, size }: VolumeRequest): Promise<void> {
    if (content !== "filesystem" || (await this.#limits.refusal()) !== undefined) return;
    await this.#limits.set(id, size);
  }

  #lift({ size: _limit, ...unlimited }: VolumeRequest): Promise<void> {
    return this.#limit(unlimited);
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

/** `data`: a directory; `disk`: a raw disk or an ISO. */
interface Content {
  readonly path: string;
  readonly kind: "data" | "disk";
}

const kindOf = ({ content }: VolumeRequest): Content["kind"] => (content === "filesystem" ? "data" : "disk");

const snapshotName = (snapshot: SnapshotId): string => `snapshot-${snapshot}`;

async function contentOf(directory: string, id: VolumeId): Promise<Content> {
  for (const kind of ["data", "disk"] as const) {
    const path = join(directory, kind);
    if (await isThere(path)) return { path, kind };
  }
  throw new LodgeError({
    code: "pool_failed",
    message: `What volume ${id} holds is not in ${directory}: it was removed from outside. Delete it.`,
  });
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

/** With owners, attributes, links and holes. Into a directory that is there, its content goes. */
async function copyTree(from: string, to: string): Promise<void> {
  const args = ["--archive", "--reflink=auto", "--sparse=auto", "--no-target-directory", "--", from, to];
  await run("cp", args, { timeout: 3_600_000, bound: true, code: "pool_failed" });
}

async function usageOf({ path, kind }: Content): Promise<number> {
  if (kind === "disk") return (await stat(path)).blocks * 512;
  return treeUsage(path);
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
