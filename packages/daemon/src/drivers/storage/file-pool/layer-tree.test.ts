import type { InstanceId } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { type LayerHolder, type LayerNode, layerMerges, unreachableLayers } from "./layer-tree.ts";
import type { LayerId } from "./layout.ts";

/** `"c>b>a"`: c stands on b, b on a, a on an image. */
function nodes(...chains: string[]): LayerNode[] {
  const parents = new Map<string, string | undefined>();
  for (const chain of chains) {
    const ids = chain.split(">");
    for (const [index, id] of ids.entries()) parents.set(id, ids[index + 1] ?? parents.get(id));
  }
  return [...parents].map(([id, parent]) => ({
    id: id as LayerId,
    ...(parent !== undefined && { parent: parent as LayerId }),
  }));
}

/** `"one:c,a"`: root one names the layers c and a. */
function holders(...texts: string[]): LayerHolder[] {
  return texts.map((text) => {
    const [root = "", layers = ""] = text.split(":");
    return { root: root as InstanceId, layers: layers.split(",").filter(Boolean) as LayerId[] };
  });
}

describe("unreachable layers", () => {
  it.each([
    ["a root's chain is needed", nodes("c>b>a"), holders("one:c"), []],
    ["what lies above a snapshot that was restored is not", nodes("c>b>a", "d>a"), holders("one:d,a"), ["c", "b"]],
    ["a snapshot keeps what it stands on", nodes("c>b>a", "d>a"), holders("one:d,b"), ["c"]],
    ["another root's copy keeps it too", nodes("c>b>a", "d>b"), holders("two:d"), ["c"]],
    ["without roots nothing is", nodes("b>a"), [], ["b", "a"]],
  ])("%s", (_, tree, roots, expected) => {
    expect(unreachableLayers(tree, roots)).toEqual(expected);
  });
});

it("keeps all layers while one that is needed is damaged, and removes a damaged one that is not", () => {
  const damaged = (id: string): LayerNode[] => [{ id: id as LayerId, damaged: true }];
  expect(unreachableLayers([...damaged("c"), ...nodes("b>a")], holders("one:c"))).toEqual([]);
  expect(unreachableLayers([...damaged("c"), ...nodes("b>a")], holders("one:b"))).toEqual(["c"]);
});

describe("merges", () => {
  it.each([
    ["named layers stay", nodes("c>b>a"), holders("one:c,b,a"), []],
    [
      "one that nothing names goes into the layer above",
      nodes("c>b>a"),
      holders("one:c,a"),
      [{ into: "c", base: "a" }],
    ],
    ["several at once", nodes("d>c>b>a"), holders("one:d,a"), [{ into: "d", base: "a" }]],
    ["down to the image", nodes("c>b>a"), holders("one:c"), [{ into: "c" }]],
    [
      "in the middle and at the bottom",
      nodes("d>c>b>a"),
      holders("one:d,b"),
      [{ into: "d", base: "b" }, { into: "b" }],
    ],
    ["not under a layer that another root stands on too", nodes("c>b>a", "d>b"), holders("one:c", "two:d"), []],
    ["nor a layer that two stand on", nodes("c>b", "d>b"), holders("one:c", "two:d"), []],
    ["above it all the same", nodes("e>c>b>a", "d>b"), holders("one:e", "two:d"), [{ into: "e", base: "b" }]],
    ["a branch that only a snapshot holds", nodes("c>b>a", "d>a"), holders("one:d,c,a"), [{ into: "c", base: "a" }]],
    ["another root's are left alone", nodes("c>b>a", "d"), holders("one:d", "two:c"), []],
  ])("%s", (_, tree, roots, expected) => {
    expect(layerMerges(tree, roots, "one" as InstanceId)).toEqual(expected);
  });
});
