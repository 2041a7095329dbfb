/** The medians of one figure as bars, with a line across each from its lower to its upper quartile. SVG, readable on light and dark. */
import { summarise } from "../measure/statistics.ts";
import { escape } from "./escape.ts";
import { duration } from "./figures.ts";
import type { EntryRecord } from "./records.ts";

const width = 760;
const row = 30;
const labels = 270;
/** Right of the longest bar, for its number. */
const numbers = 90;
const top = 36;

export function barChart(title: string, entries: readonly EntryRecord[]): string {
  const bars = entries.map(({ entry, peer, samples }) => ({
    ...{ entry, peer },
    ...summarise(samples.map(({ milliseconds }) => milliseconds)),
  }));
  const longest = Math.max(...bars.map(({ high }) => high));
  const scale = (milliseconds: number) => round((milliseconds / longest) * (width - labels - numbers));
  const drawn = bars.map((bar, index) => {
    const y = top + index * row;
    const middle = y + row / 2;
    const [low, high, end] = [labels + scale(bar.low), labels + scale(bar.high), scale(bar.median)];
    return [
      `<text x="${labels - 8}" y="${middle + 4}" text-anchor="end">${escape(bar.entry)}</text>`,
      `<rect class="${bar.peer === "lodge" ? "ours" : "theirs"}" x="${labels}" y="${y + 5}" width="${Math.max(end, 1)}" height="${row - 10}" rx="2"/>`,
      `<path class="spread" d="M${low} ${middle}H${high}M${low} ${middle - 4}V${middle + 4}M${high} ${middle - 4}V${middle + 4}"/>`,
      `<text x="${Math.max(high, labels + end) + 8}" y="${middle + 4}">${duration(bar.median)}</text>`,
    ].join("\n");
  });
  const height = top + bars.length * row + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    `<text class="title" x="8" y="22">${escape(title)}</text>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

const style = [
  "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}",
  ".ours{fill:#2f7d5b}.theirs{fill:#9aa4b0}.spread{stroke:#24292f;fill:none}",
  "@media(prefers-color-scheme:dark){text{fill:#d7dde4}.ours{fill:#57b98c}.theirs{fill:#68727e}.spread{stroke:#d7dde4}}",
].join("");

const round = (value: number) => Math.round(value * 10) / 10;
