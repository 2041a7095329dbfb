/** What a pool knows of its roots and images, and how a new root comes to be whole. */
import { mkdir } from "node:fs/promises";
import type { InstanceType } from "@lodge/api";
import type { InstanceId, RootRequest } from "@lodge/core";
import type { Logger } from "pino";
import { Layers } from "./layers.ts";
import { containerLayout, type ImageLayout, type PoolLayout } from "./layout.ts";
import {
  type ImageRecord,
  type RootRecord,
  readImageRecord,
  readRootRecord,
  replaceRootRecord,
  writeRecord,
} from "./records.ts";
import { imageMismatch, imageMissing, rootExists, rootMissing } from "./refusals.ts";
import { removeTree } from "./remove-tree.ts";
import { RoomForRemoval } from "./room-for-removal.ts";
import { requireSpace } from "./space.ts";
import { makeWhole } from "./whole-directory.ts";

/** Bytes without which a root would fail at its first write. */
const leastRoom = 16 * 1024 ** 2;

/** An image that is unpacked here. */
export type UnpackedImage = ImageLayout & ImageRecord;

export class PoolBooks {
  readonly layout: PoolLayout;
  readonly log: Logger;
  readonly layers: Layers;
  readonly #room: RoomForRemoval;

  constructor(layout: PoolLayout, log: Logger) {
    this.layout = layout;
    this.log = log;
    this.layers = new Layers(layout, log);
    this.#room = new RoomForRemoval(layout.putBy);
  }

  async makeDirectories(): Promise<void> {
    const { root, images, layers, roots } = this.layout;
    for (const directory of [root, images, layers, roots]) await mkdir(directory, { recursive: true, mode: 0o711 });
    this.#room.putBy();
  }

  findRoot(id: InstanceId): Promise<RootRecord | undefined> {
    return readRootRecord(this.layout.rootRecord(id));
  }

  async root(id: InstanceId): Promise<RootRecord> {
    const record = await this.findRoot(id);
    if (!record) throw rootMissing(id, this.layout.roots);
    return record;
  }

  putRoot(id: InstanceId, record: RootRecord): Promise<void> {
    return this.#room.lend(() => replaceRootRecord(this.layout.rootRecord(id), record));
  }

  /** What a root of the request stands on; undefined for an empty one. */
  async image({ fingerprint, type }: Pick<RootRequest, "fingerprint" | "type">): Promise<UnpackedImage | undefined> {
    if (fingerprint === undefined) return undefined;
    const layout = this.layout.image(fingerprint);
    const record = await readImageRecord(layout.record);
    if (!record) throw imageMissing(fingerprint, this.layout.images);
    if (record.type !== type) throw imageMismatch(fingerprint, record.type, type);
    return { ...layout, ...record };
  }

  /** Removes what may take long and nobody waits for; what a daemon that dies leaves of it, `reconcile` removes. */
  discard(directory: string): void {
    removeTree(directory).catch((err: unknown) =>
      this.log.error({ err, directory }, "what was replaced could not be removed; the next start tries again"),
    );
  }

  async newRoot(
    { id }: RootRequest,
    record: RootRecord,
    fill: (directory: string) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.makeDirectories();
    if (await this.findRoot(id)) throw rootExists(id);
    const turn = (place: () => Promise<void>) => this.layers.turn(place);
    const whole = { path: this.layout.container(id).directory, mode: 0o700, what: `Making the root of ${id}`, turn };
    await makeWhole(whole, async (partial) => {
      await requireSpace(partial, leastRoom, "A new root");
      await fill(partial);
      await writeRecord(containerLayout(partial).record, record);
    });
  }
}

/** What a request says of a root for good. */
export function newRootRecord({ type, fingerprint }: RootRequest): { type: InstanceType; fingerprint?: string } {
  return { type, ...(fingerprint !== undefined && { fingerprint }) };
}
