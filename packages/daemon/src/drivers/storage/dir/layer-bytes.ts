/** How much containers' layers take: counted when it is first asked for, because that takes a look at each file. */
import type { Layers } from "../file-pool/layers.ts";
import type { LayerId } from "../file-pool/layout.ts";
import { readLayerRecord, replaceLayerRecord } from "../file-pool/records.ts";
import { treeUsage } from "../file-pool/tree-usage.ts";
import { Turns } from "../file-pool/turns.ts";

export class LayerBytes {
  readonly #layers: Layers;
  /** By layer. */
  readonly #turns = new Turns();

  constructor(layers: Layers) {
    this.#layers = layers;
  }

  of(layer: LayerId): Promise<number> {
    return this.#turns.take(layer, async () => {
      const { record: path, upper } = this.#layers.at(layer);
      const record = await readLayerRecord(path);
      if (record?.bytes !== undefined) return record.bytes;
      const bytes = await treeUsage(upper);
      await replaceLayerRecord(path, { ...record, bytes });
      return bytes;
    });
  }

  /** Runs what changes a layer's record: nobody counts meanwhile. */
  change<T>(layer: LayerId, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(layer, work);
  }
}
