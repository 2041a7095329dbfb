/** The tables of a scenario for whoever watches the run: as the page has them, in columns. */
import type { BenchRecord } from "./records.ts";
import { notesTable, timesTable } from "./table.ts";
import { verdicts, verdictsTable } from "./verdicts.ts";

export function terminalReport(records: readonly BenchRecord[]): string {
  const times = timesTable(records.filter((record) => record.kind === "entry"));
  const notes = notesTable(records.filter((record) => record.kind === "note"));
  const claims = records.flatMap((record) => (record.kind === "scenario" ? (record.claims ?? []) : []));
  return [times, notes, verdictsTable(verdicts(claims, records))].filter(Boolean).map(inColumns).join("\n\n");
}

/** A Markdown table with its columns under each other. */
export function inColumns(table: string): string {
  const [head, , ...body] = table.split("\n").map((line) => line.slice(2, -2).split(" | "));
  const rows = [head ?? [], ...body];
  const widths = (head ?? []).map((_cell, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const rule = widths.map((width) => "─".repeat(width));
  return [head ?? [], rule, ...body]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}
