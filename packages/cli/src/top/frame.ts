/** What `lodge top` draws: usage and a view of it to lines of text. Pure. */
import { stripVTControlCharacters } from "node:util";
import type { HostUsage, InstanceUsage, Usage } from "@lodge/api";
import { shortBytes } from "../render/short-bytes.ts";
import type { Paint } from "../terminal/colour.ts";
import { columnWidth, fitColumns, type TopColumn } from "./columns.ts";
import { chooseRows, groupByProject, type RowChoice } from "./rows.ts";

export interface TopView extends RowChoice {
  readonly columns: readonly TopColumn[];
  /** By project, with what each uses. */
  readonly tree: boolean;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The table alone, with its headings; as wide as it needs to be where `width` is missing. */
export function tableLines(
  usage: Pick<Usage, "instances">,
  view: TopView,
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const rows = chooseRows(usage.instances, view);
  const tree = view.tree ? groupByProject(rows, view) : undefined;
  const wanted = tree ? view.columns.filter(({ name }) => name !== "project") : view.columns;
  const shown = tree
    ? tree.flatMap(({ total, instances }) => [total, ...instances.map((each) => ({ ...each, name: `  ${each.name}` }))])
    : rows;
  const columns = fitColumns(wanted, shown, width);
  const widths = columns.map((column) => columnWidth(column, shown));
  const totals = new Set(tree?.map(({ total }) => total));
  const heading = lineOf(columns, widths, ({ heading: text, name }) =>
    name === view.sort ? `${text}${view.reverse ? "↑" : ""}` : text,
  );
  const lines = shown.map((row) => {
    const line = lineOf(columns, widths, (column) =>
      totals.has(row) && ofOneAlone.has(column.name) ? "" : column.text(row),
    );
    return painted(row, totals.has(row), line, paint);
  });
  return [paint("bold", heading), ...lines].map((line) => cut(line, width));
}

/** What a project's instances do not have together. */
const ofOneAlone = new Set(["type", "state", "limit"]);

/** A whole screen: the host, the table from `offset` on, and what keys do. */
export function frameLines(
  usage: Usage,
  view: TopView & { readonly offset: number; readonly footer: string },
  paint: Paint,
  { columns, rows }: Size,
): string[] {
  const head = rows < 10 ? [] : [...headLines(usage, paint, columns), ""];
  const [heading = "", ...table] = tableLines(usage, view, paint, columns);
  const room = Math.max(1, rows - head.length - 2);
  const offset = Math.max(0, Math.min(view.offset, table.length - room));
  const body = table.length > 0 ? table.slice(offset, offset + room) : [paint("dim", "Nothing runs that fits.")];
  const empty = Array.from({ length: Math.max(0, room - body.length) }, () => "");
  const more = table.length > room ? `  ${offset + 1}-${offset + body.length} of ${table.length}` : "";
  const footer = paint("dim", cutPlain(`${view.footer}${more}`, columns));
  return [...head, heading, ...body, ...empty, footer];
}

/** What runs, and how the host is; two lines, three in a narrow terminal. */
export function headLines(usage: Usage, paint: Paint, width: number): string[] {
  const of = (type: InstanceUsage["type"]) => usage.instances.filter((each) => each.type === type).length;
  const [containers, machines] = [of("container"), of("virtual-machine")];
  const time = new Date(usage.timestamp).toTimeString().slice(0, 8);
  const counts = `${counted(containers, "container")}, ${counted(machines, "virtual machine")}`;
  const over = usage.interval === null ? "" : `, rates over ${usage.interval.toFixed(usage.interval < 10 ? 1 : 0)} s`;
  const title = cutPlain(`${counts} at ${time}${over}`, width);
  if (!usage.host) return [title];
  const parts = hostParts(usage.host, paint);
  const line = parts.join("   ");
  return length(line) <= width ? [title, line] : [title, parts.slice(0, 2).join("   "), parts.slice(2).join("   ")];
}

function hostParts({ cpu, cpus, memory, load, pressure }: HostUsage, paint: Paint): string[] {
  const share = memory.total > 0 ? memory.used / memory.total : 0;
  const waits = Object.entries(pressure).flatMap(([of, value]) =>
    value === null ? [] : [`${of} ${value.toFixed(0)}%`],
  );
  return [
    `CPU ${bar(cpu === null ? 0 : cpu / (cpus * 100), paint)} ${cpu === null ? "-" : cpu.toFixed(0)}% of ${cpus * 100}%`,
    `memory ${bar(share, paint)} ${shortBytes(memory.used)} of ${shortBytes(memory.total)}`,
    `load ${load.toFixed(2)}`,
    ...(waits.length > 0 ? [`waiting for ${waits.join(" ")}`] : []),
  ];
}

function bar(share: number, paint: Paint): string {
  const cells = 10;
  const full = Math.max(0, Math.min(cells, Math.round(share * cells)));
  const colour = share > 0.9 ? "red" : share > 0.7 ? "yellow" : "green";
  return `[${paint(colour, "|".repeat(full))}${" ".repeat(cells - full)}]`;
}

function lineOf(columns: readonly TopColumn[], widths: readonly number[], text: (column: TopColumn) => string): string {
  const cells = columns.map((column, at) =>
    column.width === undefined ? text(column).padEnd(widths[at] ?? 0) : text(column).padStart(widths[at] ?? 0),
  );
  return cells.join("  ").trimEnd();
}

/** What works is seen from afar, and what is not as it should be, too. */
function painted(row: InstanceUsage, total: boolean, line: string, paint: Paint): string {
  if (total) return paint("cyan", line);
  if (row.status === "Error") return paint("red", line);
  if (row.status === "Frozen") return paint("dim", line);
  return line;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const length = (text: string) => stripVTControlCharacters(text).length;
const cutPlain = (text: string, width: number) => (text.length > width ? text.slice(0, width) : text);

/** Only what is too wide loses its colour with its end. */
function cut(line: string, width: number): string {
  return length(line) > width ? cutPlain(stripVTControlCharacters(line), width) : line;
}
