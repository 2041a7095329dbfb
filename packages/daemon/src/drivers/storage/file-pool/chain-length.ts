/** How long a chain of layers may grow, and how it becomes short again: from the books alone. */
import type { LayerId } from "./layout.ts";

/**
 * A disk's files above the image. What QEMU needs to open a disk, and to find out that a block lies in its image, grows with them:
 * docs/dev/decisions/0010-snapshot-layers.md has the figures.
 */
export const longestChain = 16;
export interface ChainLink {
  readonly id: LayerId;
  /** Bytes that it takes. */
  readonly size: number;
}

/** What lies above `base` is to become one layer. */
export interface Shortening {
  /** Missing: down to the image. */
  readonly base?: LayerId;
}

/**
 * How to make a chain short that is longer than it may be: half as long at the most, so that it is looked at again so many snapshots later.
 * Undefined where it is not too long. Layers that snapshots or other roots stand on stay as they are: what is merged is copied, into the top
 * of a disk, which is its root's alone, or into a new layer.
 *
 * What is copied lies in the pool twice afterwards. So as little is as makes the chain short, and a layer that holds more than all above it
 * together is not copied with them: however many snapshots are kept, each block is copied about as often as the amount of data doubles.
 */
export function shorten(fromTop: readonly ChainLink[], longest: number): Shortening | undefined {
  if (fromTop.length <= longest) return undefined;
  const least = fromTop.length - longest / 2 + 1;
  let above = 0;
  for (const [index, { id, size }] of fromTop.entries()) {
    if (index >= least && size > above) return { base: id };
    above += size;
  }
  return {};
}
