import { expect, test } from "vitest";
import { flameGraph } from "./flame-graph.ts";

const node = (id: number, functionName: string, children: number[] = [], url = "file:///x/src/a.ts") => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
});

const profile = {
  nodes: [
    node(1, "(root)", [2, 3], ""),
    node(2, "(idle)", [], ""),
    node(3, "serve", [4, 5]),
    node(4, "parse <json>"),
    node(5, "parse <json>"),
  ],
  samples: [2, 3, 4, 5],
  timeDeltas: [9_000, 1_000, 2_000, 1_000],
};

test("functions stand on what called them, as wide as their time, and idle time is none", () => {
  const svg = flameGraph(profile);
  expect(svg).toContain("<title>all: 4.0 ms</title>");
  expect(svg).toContain("<title>serve src/a.ts:1: 4.0 ms</title>");
  expect(svg.match(/<title>parse &lt;json&gt; src\/a\.ts:1: 3\.0 ms<\/title>/g)).toHaveLength(1);
  expect(svg).not.toContain("idle");
});

test("Node's own are told from what is loaded from files", () => {
  const nodes = [node(1, "(root)", [2], ""), node(2, "load", [], "node:internal/modules/esm/loader")];
  expect(flameGraph({ nodes, samples: [2], timeDeltas: [1_000] })).toContain("load node:esm/loader:1: 1.0 ms");
});

test("a profile without a sample", () => {
  expect(flameGraph({ nodes: [node(1, "(root)", [], "")], samples: [], timeDeltas: [] })).toContain("all: 0.0 ms");
});
