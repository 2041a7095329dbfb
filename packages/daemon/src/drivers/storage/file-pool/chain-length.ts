/** How long a disk's chain of files may grow, and how it becomes short again: from the books alone. */
import type { LayerId } from "./layout.ts";

/**
 * Files above the image. What QEMU needs to open a disk, and to find out that a block lies in its image, grows with them:
 * docs/dev/decisions/0010-snapshot-layers.md has the figures.
 */
export const longestChain = 16;
/** What is left at the most when one is made short: so many snapshots later it is looked at again. */
const shortChain = longestChain / 2;

export interface ChainLink {
  readonly id: LayerId;
  /** Bytes that it takes. */
  readonly size: number;
}

/** What lies between the top and `base` is to be copied into the top. */
export interface Shortening {
  /** Missing: down to the image. */
  readonly base?: LayerId;
}

/**
 * How to make a chain short that is too long; undefined where it is not. Only the top is written to, which is its root's alone:
 * layers that snapshots or other roots stand on stay as they are.
 *
 * What is copied lies in the pool twice afterwards. So as little is as makes the chain short, and a layer that holds more than all above it
 * together is not copied with them: however many snapshots are kept, each block is copied about as often as the amount of data doubles.
 */
export function shorten(fromTop: readonly ChainLink[]): Shortening | undefined {
  if (fromTop.length <= longestChain) return undefined;
  const least = fromTop.length - shortChain + 1;
  let above = 0;
  for (const [index, { id, size }] of fromTop.entries()) {
    if (index >= least && size > above) return { base: id };
    above += size;
  }
  return {};
}
