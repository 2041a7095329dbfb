import { stripVTControlCharacters } from "node:util";
import type { Paint } from "../terminal/colour.ts";

const gap = "  ";

type Rows = readonly (readonly string[])[];

/** Columns under headings, aligned, without lines. Cells may have several lines and colours. */
export function renderTable(headings: readonly string[], rows: Rows, paint: Paint): string {
  const widths = columnWidths([headings, ...rows]);
  const lines = rows.flatMap((row) => cellLines(row).map((cells) => aligned(cells, widths)));
  return [
    aligned(
      headings.map((heading) => paint("bold", heading)),
      widths,
    ),
    ...lines,
  ].join("\n");
}

/** Width of a table of these rows. */
export function tableWidth(rows: Rows): number {
  const widths = columnWidths(rows);
  return widths.reduce((sum, width) => sum + width, 0) + gap.length * Math.max(0, widths.length - 1);
}

function columnWidths(rows: Rows): number[] {
  const columns = rows[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.flatMap((row) => (row[column] ?? "").split("\n").map(shownLength))),
  );
}

/** A row whose cells have several lines is as many rows. */
function cellLines(row: readonly string[]): string[][] {
  const cells = row.map((cell) => cell.split("\n"));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => cells.map((each) => each[line] ?? ""));
}

function aligned(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - shownLength(cell))));
  return padded.join(gap).trimEnd();
}

const shownLength = (text: string) => stripVTControlCharacters(text).length;
