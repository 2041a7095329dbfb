import type { InstanceUsage } from "@lodge/api";
import { shortBytes } from "../render/short-bytes.ts";

/** One column of `lodge top`. */
export interface TopColumn {
  readonly name: string;
  readonly heading: string;
  /** Numbers stand at the right of theirs, which is so wide that they do not jump; text at the left, as wide as it must be. */
  readonly width?: number;
  readonly text: (instance: InstanceUsage) => string;
  /** The same for programs: percent, bytes, bytes a second; null: unknown. Rows are sorted by it, numbers with the most first. */
  readonly value: (instance: InstanceUsage) => number | string | null;
  /** A narrow terminal loses the columns with the highest first. 0: none without it. */
  readonly rank: number;
}

type Figure = number | null;
const sum = (a: Figure, b: Figure): Figure => (a === null && b === null ? null : (a ?? 0) + (b ?? 0));
const unknown = "-";
const bytes = (value: Figure) => (value === null ? unknown : shortBytes(value));
const percent = (value: Figure) => (value === null ? unknown : value.toFixed(value < 99.95 ? 1 : 0));

type Value = (instance: InstanceUsage) => Figure;
const column = (name: string, heading: string, rank: number, show: (value: Figure) => string, value: Value) => ({
  ...{ name, heading, rank, width: Math.max(heading.length, 6) },
  text: (instance: InstanceUsage) => show(value(instance)),
  value,
});

/** The longest of what something waits for. */
const waiting: Value = ({ pressure: { cpu, memory, io } }) => {
  const known = [cpu, memory, io].filter((each) => each !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const text = (name: string, heading: string, rank: number, value: (instance: InstanceUsage) => string): TopColumn => ({
  ...{ name, heading, rank, text: value, value },
});

export const topColumns: readonly TopColumn[] = [
  text("project", "PROJECT", 0, ({ project }) => project),
  text("name", "NAME", 0, ({ name }) => name),
  text("type", "TYPE", 3, ({ type }) => (type === "virtual-machine" ? "VM" : "CT")),
  text("state", "STATE", 9, ({ status }) => status.toLowerCase()),
  column("cpu", "CPU%", 0, percent, ({ cpu }) => cpu),
  column("memory", "MEM", 0, bytes, ({ memory }) => memory.used),
  column("limit", "LIMIT", 2, bytes, ({ memory }) => memory.total),
  column("target", "TARGET", 6, bytes, ({ memory }) => memory.target),
  column("demand", "DEMAND", 8, bytes, ({ memory }) => memory.demand),
  column("read", "READ/s", 4, bytes, ({ disk }) => disk.read),
  column("written", "WRITE/s", 4, bytes, ({ disk }) => disk.written),
  column("received", "RECV/s", 5, bytes, ({ network }) => network.received),
  column("sent", "SENT/s", 5, bytes, ({ network }) => network.sent),
  column("pressure", "WAIT%", 7, percent, waiting),
  column(
    "processes",
    "PROCS",
    6,
    (count) => (count === null ? unknown : String(count)),
    ({ processes }) => processes,
  ),
  column("disk", "DISK/s", 10, bytes, ({ disk }) => sum(disk.read, disk.written)),
  column("network", "NET/s", 10, bytes, ({ network }) => sum(network.received, network.sent)),
];

const byName = new Map(topColumns.map((each) => [each.name, each]));

export const findColumn = (name: string): TopColumn | undefined => byName.get(name);

/** Those that are shown where nobody says which; the project where there is more than one. */
export function usualColumns(projects: boolean): TopColumn[] {
  const sums = new Set(["disk", "network"]);
  return topColumns.filter(({ name }) => !sums.has(name) && (projects || name !== "project"));
}

/** The rank of a column, as the widest table of these rows that fits so many characters has it. */
export function fitColumns(
  columns: readonly TopColumn[],
  instances: readonly InstanceUsage[],
  width: number,
): readonly TopColumn[] {
  let shown = columns;
  while (rowWidth(shown, instances) > width) {
    const rank = Math.max(...shown.map((each) => each.rank));
    if (rank === 0) break;
    shown = shown.filter((each) => each.rank !== rank);
  }
  return shown;
}

/** Two blanks stand between columns. */
function rowWidth(columns: readonly TopColumn[], instances: readonly InstanceUsage[]): number {
  return columns.reduce((total, each) => total + columnWidth(each, instances) + 2, -2);
}

export function columnWidth(column: TopColumn, instances: readonly InstanceUsage[]): number {
  const widest = instances.reduce((most, each) => Math.max(most, column.text(each).length), column.heading.length);
  return Math.max(column.width ?? 0, widest);
}
