/** The records of a scenario as a Markdown table. */
import { ratio, type Summary, summarise } from "../measure/statistics.ts";
import { duration, significant, size } from "./figures.ts";
import type { EntryRecord, NoteRecord } from "./records.ts";

const heading = ["", "way", "median", "half of the rounds", "compared", "CPU", "memory", "rounds"];

/** A row for each way of doing each thing. The first way of each thing is what the others are compared with. */
export function timesTable(entries: readonly EntryRecord[]): string {
  const figures = Map.groupBy(entries, ({ figure }) => figure);
  const rows = [...figures.values()].flatMap(rowsOf);
  return rows.length === 0 ? "" : markdownTable(heading, rows);
}

function rowsOf(entries: readonly EntryRecord[]): string[][] {
  const [reference] = entries;
  return entries.map((entry, index) => {
    const times = summarise(entry.samples.map(({ milliseconds }) => milliseconds));
    return [
      index === 0 ? entry.figure : "",
      entry.entry,
      duration(times.median),
      times.count === 1 ? "" : `${duration(times.low)} – ${duration(times.high)}`,
      entry === reference || !reference ? "1" : comparison(ratio(timesOf(reference), timesOf(entry))),
      `${medianOf(entry, "processor").toFixed(2)} s`,
      size(medianOf(entry, "memory")),
      `${times.count}`,
    ];
  });
}

/** `5.3 × (4.9 – 5.8)`: how many times as long, and between what half of the rounds lie. */
function comparison(ratios: Summary | undefined): string {
  if (!ratios) return "";
  const spread = ratios.count === 1 ? "" : ` (${fine(ratios.low)} – ${fine(ratios.high)})`;
  return `${fine(ratios.median)} ×${spread}`;
}

/** A second digit below one: 0.08 and 0.12 are no longer the same. */
const fine = (value: number) => (value < 1 ? value.toFixed(2) : significant(value));

const timesOf = ({ samples }: EntryRecord) =>
  samples.map(({ round, milliseconds }) => ({ round, value: milliseconds }));

function medianOf({ samples }: EntryRecord, field: "processor" | "memory"): number {
  return summarise(samples.map((sample) => sample[field])).median;
}

/** What else was found out. */
export function notesTable(notes: readonly NoteRecord[]): string {
  if (notes.length === 0) return "";
  const compares = new Set(notes.map(({ entry }) => entry)).size > 1;
  const rows = notes.map(({ figure, entry, unit, samples }) => {
    const { median, least, most } = summarise(samples.map(({ value }) => value));
    const cells = [figure, entry, `${significant(median)} ${unit}`, `${significant(least)} – ${significant(most)}`];
    if (!compares) return cells;
    const reference = notes.find((note) => note.figure === figure);
    const compared = reference?.entry === entry ? undefined : ratio(reference?.samples ?? [], samples);
    return [...cells, reference?.entry === entry ? "1" : comparison(compared)];
  });
  const head = ["", "way", "median", "least and most"];
  return markdownTable(compares ? [...head, "compared"] : head, rows);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
