import Table from "cli-table3";
import type { Paint } from "../terminal/colour.ts";

const gap = "  ";
const none = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: gap,
};

/** Columns under headings, aligned, without lines. Cells may have several lines. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const table = new Table({ chars: none, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  table.push(
    headings.map((heading) => paint("bold", heading)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Width of a table of these rows. */
export function tableWidth(rows: readonly (readonly string[])[]): number {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.flatMap((row) => (row[column] ?? "").split("\n").map(({ length }) => length))),
  );
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * Math.max(0, columns - 1);
}
