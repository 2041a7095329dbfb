/**
 * A profile of V8's (`node --cpu-prof`) as a flame graph: SVG that needs nothing else. Each bar is a function, as wide as its share of the
 * processor's time with all that it called, which stands on it. What waits takes no time and is left out.
 */
import { escape } from "./escape.ts";

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Of the node on top at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A function as it was called from one place. */
interface Frame {
  readonly name: string;
  /** Microseconds, with what it called. */
  time: number;
  readonly above: Map<string, Frame>;
}

const width = 1600;
const row = 17;
/** Of the whole width: less is not drawn, unless another bound is given. */
const leastWidth = 0.0005;
/** Nodes of V8's own that are no work. */
const waiting = new Set(["(idle)", "(program)"]);

/** `least`: of the whole width, less is not drawn; default: 0.0005. */
export function flameGraph(profile: CpuProfile, least = leastWidth): string {
  const root = frames(profile);
  const bars: string[] = [];
  const scale = width / Math.max(root.time, 1);
  const deepest = draw(root, 0, 0, { scale, least: width * least }, bars);
  const height = (deepest + 1) * row + 4;
  // The root lies at the bottom.
  const flipped = `transform="translate(0 ${height}) scale(1 -1)"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    "<style>rect{stroke:#fff;stroke-width:.5}text{font:11px monospace;fill:#111;pointer-events:none}</style>",
    `<g ${flipped}>`,
    ...bars,
    "</g>",
    "</svg>\n",
  ].join("\n");
}

/** Calls of the same function from the same place are one frame, wherever the profile has them. */
function frames({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const root: Frame = { name: "all", time: 0, above: new Map() };
  for (const [index, id] of samples.entries()) {
    const time = timeDeltas[index] ?? 0;
    const path: string[] = [];
    for (let node = byId.get(id); node; node = byId.get(parents.get(node.id) ?? -1)) path.unshift(nameOf(node));
    const [, ...calls] = path;
    if (waiting.has(calls[0] ?? "")) continue;
    root.time += time;
    let frame = root;
    for (const name of calls) {
      const next = frame.above.get(name) ?? { name, time: 0, above: new Map() };
      frame.above.set(name, next);
      next.time += time;
      frame = next;
    }
  }
  return root;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const short = url.replace(/^.*\/(?=[^/]*\/[^/]*$)/, "");
  const file = url.startsWith("node:") ? `node:${short.replace("node:", "")}` : short;
  return file ? `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}` : functionName;
}

/** Units of the picture: for a microsecond, and without which a bar is left out. */
interface Drawing {
  readonly scale: number;
  readonly least: number;
}

/** Returns the number of the highest row. */
function draw(frame: Frame, depth: number, x: number, drawing: Drawing, bars: string[]): number {
  const { scale, least } = drawing;
  const wide = frame.time * scale;
  const y = depth * row;
  const shown = Math.floor(wide / 6.7);
  const milliseconds = (frame.time / 1000).toFixed(1);
  const title = `<title>${escape(`${frame.name}: ${milliseconds} ms`)}</title>`;
  const label =
    shown > 3 ? `<text transform="translate(3 12) scale(1 -1)" y="8">${escape(frame.name.slice(0, shown))}</text>` : "";
  bars.push(
    `<g transform="translate(${x.toFixed(1)} ${y})">${title}<rect width="${wide.toFixed(1)}" height="${row}" fill="${colourOf(frame.name)}"/>${label}</g>`,
  );
  let deepest = depth;
  let from = x;
  for (const next of [...frame.above.values()].toSorted((a, b) => b.time - a.time)) {
    if (next.time * scale < least) break;
    deepest = Math.max(deepest, draw(next, depth + 1, from, drawing, bars));
    from += next.time * scale;
  }
  return deepest;
}

/** What is loaded from files green, Node's own blue, V8's grey. */
function colourOf(name: string): string {
  if (name.includes(" node:")) return "#a9c4eb";
  return name.includes(":") ? "#8fd3ad" : "#cfcfcf";
}
