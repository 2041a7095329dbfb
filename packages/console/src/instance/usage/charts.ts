import type { InstanceHistory, InstanceSeries } from "@lodge/api";
import { formatBytes } from "../../server/units.ts";
import { figuresOf, type Points } from "./history.ts";

export interface Line {
  readonly label: string;
  readonly points: Points;
  /** What it may have, beside what it has. */
  readonly isBound?: boolean;
}

export interface ChartData {
  readonly title: string;
  /** What the axis says, in words. */
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Steps of the axis are powers of two. */
  readonly isBinary?: boolean;
  /** The axis goes at least so far: a quiet instance is not a mountain range. */
  readonly least: number;
}

type LineOf = readonly [label: string, series: InstanceSeries, isBound?: boolean];

const percent = (value: number): string => `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
const rate = (value: number): string => `${formatBytes(value)}/s`;

const kinds: readonly (Omit<ChartData, "lines"> & { readonly of: readonly LineOf[] })[] = [
  { title: "Processor", unit: "of one processor", format: percent, least: 20, of: [["used", "cpu"]] },
  {
    ...{ title: "Memory", unit: "bytes", isBinary: true, format: formatBytes, least: 2 ** 24 },
    of: [
      ["used", "memory_used"],
      ["needed", "memory_demand"],
      ["may have now", "memory_target", true],
    ],
  },
  {
    ...{ title: "Disk", unit: "bytes a second", isBinary: true, format: rate, least: 2 ** 14 },
    of: [
      ["read", "disk_read"],
      ["written", "disk_written"],
    ],
  },
  {
    ...{ title: "Network", unit: "bytes a second", isBinary: true, format: rate, least: 2 ** 12 },
    of: [
      ["received", "network_received"],
      ["sent", "network_sent"],
    ],
  },
  { title: "Waiting for memory", unit: "of the time", format: percent, least: 10, of: [["waited", "pressure_memory"]] },
  {
    title: "Processes",
    unit: "number",
    format: (value) => String(Math.round(value)),
    least: 4,
    of: [["run", "processes"]],
  },
];

/** What there is to draw: a line of which nothing is known is left out, and a chart without lines. */
export function chartsOf({ series }: InstanceHistory): ChartData[] {
  return kinds.flatMap(({ of, ...chart }) => {
    const lines = of.flatMap(([label, name, isBound = false]): Line[] =>
      series[name].some((point) => point !== null) ? [{ label, points: series[name], isBound }] : [],
    );
    return lines.length > 0 ? [{ ...chart, lines }] : [];
  });
}

/** A chart in a sentence for each line. */
export function summaryOf({ title, unit, lines, format }: Omit<ChartData, "least">): string {
  const sentences = lines.map(({ label, points }) => {
    const figures = figuresOf(points);
    if (!figures) return `${label}: unknown`;
    return `${label}: ${format(figures.now)} now, ${format(figures.mean)} on average, ${format(figures.most)} at most`;
  });
  return `${title} in the last hour (${unit}). ${sentences.join("; ")}.`;
}

/** Where the axis ends. What it may have counts while what it has comes near to it: else there would be nothing to see beneath. */
export function topOf({ lines, least }: Pick<ChartData, "lines" | "least">): number {
  const most = (bound: boolean) =>
    Math.max(
      0,
      ...lines.filter(({ isBound = false }) => isBound === bound).map(({ points }) => figuresOf(points)?.most ?? 0),
    );
  const [used, bound] = [Math.max(least, most(false)), most(true)];
  return Math.max(used, bound <= used * 4 ? bound : 0) * 1.05;
}

/** Seconds of the epoch at each point. */
export function timesOf({ start, step, series }: InstanceHistory): number[] {
  const first = Date.parse(start) / 1000;
  return series.cpu.map((_, index) => first + index * step);
}

/** Seconds that are shown at least. */
const shortest = 300;

/** The time that is shown: from when something is known, five minutes at least. */
export function spanOf(times: readonly number[], charts: readonly ChartData[]): [from: number, to: number] {
  const firsts = charts.flatMap(({ lines }) => lines.map(({ points }) => points.findIndex((point) => point !== null)));
  const to = times.at(-1) ?? 0;
  const from = times[Math.min(times.length - 1, ...firsts.filter((index) => index >= 0))] ?? to;
  return [Math.min(from, to - shortest), to];
}
