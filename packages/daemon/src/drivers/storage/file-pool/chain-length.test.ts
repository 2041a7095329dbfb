import { describe, expect, it } from "vitest";
import { type ChainLink, longestChain, shorten } from "./chain-length.ts";
import type { LayerId } from "./layout.ts";

/** A chain with these sizes, the top first; a layer is called by where it lies. */
const chain = (...sizes: number[]): ChainLink[] =>
  sizes.map((size, index) => ({ id: String(sizes.length - index) as LayerId, size }));
const equal = (count: number, size = 1): number[] => Array.from({ length: count }, () => size);

describe("a chain", () => {
  it.each([
    ["of one", equal(1), undefined],
    ["as long as it may be", equal(longestChain), undefined],
    ["of equal layers goes to its image", equal(longestChain + 1), {}],
    ["on a large one stands on that", [...equal(longestChain), 100], { base: "1" }],
    ["with large ones in the middle is short afterwards all the same", [...equal(5), 100, ...equal(40)], {}],
    ["on large ones stands on the highest of them that leaves it short", [...equal(30), 100, 200, 300], { base: "3" }],
  ])("%s", (_, sizes, expected) => {
    expect(shorten(chain(...sizes), longestChain)).toEqual(expected);
  });

  it("stays short however many snapshots are kept, and copies each block seldom", () => {
    let layers: number[] = [1];
    let copied = 0;
    const snapshots = 5000;
    for (let snapshot = 0; snapshot < snapshots; snapshot++) {
      layers = [1, ...layers];
      const shortening = shorten(chain(...layers), longestChain);
      if (shortening) {
        const kept = shortening.base === undefined ? 0 : Number(shortening.base);
        const merged = layers.slice(0, layers.length - kept).reduce((sum, size) => sum + size, 0);
        copied += merged;
        layers = [merged, ...layers.slice(layers.length - kept)];
      }
      expect(layers.length).toBeLessThanOrEqual(longestChain);
    }
    expect(copied / snapshots).toBeLessThan(10);
  });
});
