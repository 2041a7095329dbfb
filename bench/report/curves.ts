/** What instances had of memory over time, and what they might have: a strip for each, on one axis of time. SVG, readable on light and dark. */
import type { Curve, CurvePoint } from "../measure/memory-curves.ts";
import { escape } from "./escape.ts";

const width = 760;
const strip = 64;
const gap = 10;
const labels = 92;
const top = 56;
const right = 12;
const bottom = 30;
/** Seconds between two marks of the axis of time. */
const mark = 10;

/** `most`: bytes at the top of each strip. */
export function curveChart(title: string, curves: readonly Curve[], most: number): string {
  const end = Math.max(1, ...curves.flatMap(({ points }) => points.map(({ at }) => at)));
  const height = top + curves.length * (strip + gap) + bottom;
  const x = (seconds: number) => round(labels + (seconds / end) * (width - labels - right));
  const strips = curves.map((curve, index) => drawStrip(curve, { x, base: top + index * (strip + gap) + strip, most }));
  const base = top + curves.length * (strip + gap);
  const marks = Array.from({ length: Math.floor(end / mark) + 1 }, (_none, index) => index * mark);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    `<text class="title" x="8" y="22">${escape(title)}</text>`,
    legend,
    ...strips,
    ...marks.map((at) => `<text x="${x(at)}" y="${base + 14}" text-anchor="middle">${at} s</text>`),
    "</svg>\n",
  ].join("\n");
}

interface Scale {
  readonly x: (seconds: number) => number;
  /** Where the strip has its zero. */
  readonly base: number;
  readonly most: number;
}

function drawStrip({ name, works, points }: Curve, { x, base, most }: Scale): string {
  const y = (bytes: number) => round(base - Math.min(1, bytes / most) * strip);
  const [from, to] = [x(works.from), x(works.to)];
  const area = points.map(({ at, used }) => `L${x(at)} ${y(used)}`).join("");
  const [first, last] = [points[0], points.at(-1)];
  return [
    `<rect class="works" x="${from}" y="${base - strip}" width="${round(to - from)}" height="${strip}"/>`,
    first && last ? `<path class="used" d="M${x(first.at)} ${base}${area}L${x(last.at)} ${base}Z"/>` : "",
    `<path class="target" d="${steps(points, { x, y })}"/>`,
    `<path class="base" d="M${labels} ${base}H${width - right}"/>`,
    `<text x="${labels - 8}" y="${base - strip / 2 + 4}" text-anchor="end">${escape(name)}</text>`,
    `<text class="small" x="${labels - 8}" y="${base - strip / 2 + 18}" text-anchor="end">of ${Math.round(most / 2 ** 20)} MiB</text>`,
  ]
    .filter(Boolean)
    .join("\n");
}

/** What it may have changes at once. */
function steps(points: readonly CurvePoint[], { x, y }: { x: Scale["x"]; y: (bytes: number) => number }): string {
  return points.map(({ at, target }, i) => (i === 0 ? `M${x(at)} ${y(target)}` : `H${x(at)}V${y(target)}`)).join("");
}

const legend = [
  `<rect class="used" x="${labels}" y="32" width="14" height="10"/><text x="${labels + 20}" y="42">has</text>`,
  `<path class="target" d="M${labels + 70} 37h18"/><text x="${labels + 94}" y="42">may have</text>`,
  `<rect class="works" x="${labels + 180}" y="32" width="14" height="10"/><text x="${labels + 200}" y="42">has work</text>`,
].join("\n");

const style = [
  "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.small{font-size:10px}",
  ".works{fill:#f0e3c2}.used{fill:#2f7d5b;fill-opacity:.65}.target{stroke:#b4481e;stroke-width:1.5;fill:none}.base{stroke:#9aa4b0}",
  "@media(prefers-color-scheme:dark){text{fill:#d7dde4}.works{fill:#4a4230}.used{fill:#57b98c}.target{stroke:#f0935f}.base{stroke:#68727e}}",
].join("");

const round = (value: number) => Math.round(value * 10) / 10;
