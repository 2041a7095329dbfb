/** The layers of a pool: made whole, named by roots, removed once nothing needs them. */
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "@lodge/core";
import type { Logger } from "pino";
import { type LayerHolder, type LayerNode, unreachableLayers } from "./layer-tree.ts";
import {
  type DiskBase,
  type LayerId,
  type LayerLayout,
  layerLayout,
  newLayerId,
  type PoolLayout,
  parseBaseReference,
} from "./layout.ts";
import { type Qcow2Header, readQcow2Header } from "./qcow2-header.ts";
import { readLayerRecord, readRootRecord } from "./records.ts";
import { removeNamed, removeTree } from "./remove-tree.ts";
import { Turns } from "./turns.ts";
import { makeWhole } from "./whole-directory.ts";

/** Records that are read in one go: a millisecond. */
const piece = 64;

/** A layer that no root names yet: it goes when it is disposed of, unless it was kept. */
export class NewLayer implements AsyncDisposable {
  readonly id: LayerId;
  readonly #settle: (id: LayerId, kept: boolean) => Promise<void>;
  #kept = false;

  constructor(id: LayerId, settle: (id: LayerId, kept: boolean) => Promise<void>) {
    this.id = id;
    this.#settle = settle;
  }

  /** It is about to be named, or is; from now on `sweep` decides. */
  keep(): void {
    this.#kept = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#settle(this.id, this.#kept);
  }
}

export class Layers {
  readonly #layout: PoolLayout;
  readonly #log: Logger;
  readonly #turns = new Turns();
  /** Made, and not named by a root yet. */
  readonly #unnamed = new Set<LayerId>();

  constructor(layout: PoolLayout, log: Logger) {
    this.#layout = layout;
    this.#log = log;
  }

  /**
   * Runs what makes a layer or a root seen. `sweep` takes such a turn too: it sees a root and the layers that it names, or
   * neither of them.
   */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take("", work);
  }

  /** Makes a layer, which `sweep` leaves alone until it is disposed of. Others may pass through its directory unless `mode` forbids it. */
  async make(what: string, fill: (layer: LayerLayout) => Promise<void>, mode = 0o711): Promise<NewLayer> {
    const layer = new NewLayer(newLayerId(), (id, kept) => this.#settle(id, kept));
    const { directory } = this.at(layer.id);
    const turn = (place: () => Promise<void>) => this.turn(place);
    this.#unnamed.add(layer.id);
    try {
      await makeWhole({ path: directory, mode, what, turn }, (partial) => fill(layerLayout(partial)));
      return layer;
    } catch (error) {
      this.#unnamed.delete(layer.id);
      throw error;
    }
  }

  async #settle(id: LayerId, kept: boolean): Promise<void> {
    this.#unnamed.delete(id);
    if (!kept) await this.remove(id);
  }

  at(id: LayerId): LayerLayout {
    return this.#layout.layer(id);
  }

  async remove(id: LayerId): Promise<void> {
    await removeNamed(this.at(id).directory);
  }

  /** The header of a disk's layer. What it stands on must be a layer or an image of this pool: a QEMU that was taken over could name any file there. */
  async header(id: LayerId): Promise<Qcow2Header & { readonly parent?: LayerId }> {
    const { disk } = this.at(id);
    const header = await readQcow2Header(disk);
    const base = header.backing === undefined ? undefined : parseBaseReference(header.backing);
    if (header.externalData || (header.backing !== undefined && !base)) {
      throw new LodgeError({
        code: "pool_failed",
        message: `${disk} is not used: it names a file that is none of its pool's (${header.backing ?? "external data"}). It was changed from outside.`,
      });
    }
    return { ...header, ...(base && "layer" in base && { parent: base.layer }) };
  }

  /** What a disk's layer stands on; undefined: on nothing. */
  async baseOf(id: LayerId): Promise<DiskBase | undefined> {
    const { backing } = await this.header(id);
    return backing === undefined ? undefined : parseBaseReference(backing);
  }

  /** Of a disk: the layers from the top. */
  async chain(top: LayerId): Promise<LayerId[]> {
    const chain: LayerId[] = [];
    for (let id: LayerId | undefined = top; id !== undefined && !chain.includes(id); ) {
      chain.push(id);
      id = (await this.header(id)).parent;
    }
    return chain;
  }

  /** Of a container: a layer and those that it stands on. */
  async stack(top: LayerId | undefined): Promise<LayerId[]> {
    const stack: LayerId[] = [];
    for (let id = top; id !== undefined && !stack.includes(id); ) {
      stack.push(id);
      id = (await readLayerRecord(this.at(id).record))?.parent;
    }
    return stack;
  }

  async nodes(): Promise<LayerNode[]> {
    const ids = (await readdir(this.#layout.layers)).filter((name) => !name.startsWith(".")) as LayerId[];
    return Promise.all(ids.map((id) => this.#node(id)));
  }

  async holders(): Promise<LayerHolder[]> {
    const ids = (await readdir(this.#layout.roots)).filter((name) => !name.startsWith(".")) as InstanceId[];
    const holders: LayerHolder[] = [];
    for (const [index, root] of ids.entries()) {
      if (index % piece === piece - 1) await setImmediate();
      const { top, below, snapshots = {} } = (await readRootRecord(this.#layout.rootRecord(root))) ?? {};
      holders.push({ root, layers: [top, below, ...Object.values(snapshots)].filter((id) => id !== undefined) });
    }
    return holders;
  }

  /** Removes the layers that nothing needs; none as long as a damaged root or layer hides what it needs. */
  sweep(): Promise<void> {
    return this.turn(async () => {
      const unnamed = new Set(this.#unnamed);
      for (const id of await this.#unneeded()) {
        if (!unnamed.has(id)) await this.remove(id);
      }
    });
  }

  /** Work that makes layers: when it fails, those that it was about to name do not wait for another sweep. */
  async orSweep<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.sweep().catch((err: unknown) => this.#log.error({ err }, "a layer that nothing needs stays"));
      throw error;
    }
  }

  async #unneeded(): Promise<LayerId[]> {
    try {
      const nodes = await this.nodes();
      return nodes.length === 0 ? [] : unreachableLayers(nodes, await this.holders());
    } catch (error) {
      this.#log.error({ err: error }, "no layers are removed: what needs them cannot be told");
      return [];
    }
  }

  /** At daemon start: also the half-made ones. What cannot be removed is tried again at the next start. */
  async clearUp(): Promise<void> {
    const partial = (await readdir(this.#layout.layers)).filter((name) => name.startsWith("."));
    try {
      for (const name of partial) await removeTree(join(this.#layout.layers, name));
      await this.sweep();
    } catch (error) {
      this.#log.error({ err: error }, "layers that nothing needs could not be removed");
    }
  }

  async #node(id: LayerId): Promise<LayerNode> {
    const isDisk = await access(this.at(id).disk).then(
      () => true,
      () => false,
    );
    try {
      const { parent } = isDisk ? await this.header(id) : ((await readLayerRecord(this.at(id).record)) ?? {});
      return { id, ...(parent && { parent }) };
    } catch (error) {
      this.#log.error({ layer: id, err: error }, "a layer is damaged");
      return { id, damaged: true };
    }
  }
}
