import { Option } from "commander";
import type { Context } from "../context.ts";

export const listFormats = ["table", "json", "yaml", "csv"] as const;
export type ListFormat = (typeof listFormats)[number];

export const formatOption = () =>
  new Option("-f, --format <format>", "how to print").choices(listFormats).default("table");

/** A list as it is to be printed: the API's objects, and the same as rows for people. */
export interface Listing {
  readonly values: readonly unknown[];
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What to say on standard error when there is nothing. */
  readonly empty: string;
}

/** Prints a list in the format asked for. */
export async function printList(context: Context, format: ListFormat, listing: Listing): Promise<void> {
  switch (format) {
    case "json":
      return context.print(JSON.stringify(listing.values, null, context.surroundings.stdout.isTTY ? 2 : 0));
    case "yaml":
      return context.print(await yamlText(listing.values));
    case "csv":
      for (const row of listing.rows) context.print(row.map(csvCell).join(","));
      return;
    case "table": {
      if (listing.rows.length === 0) return context.note(listing.empty);
      const { renderTable } = await import("./table.ts");
      context.print(renderTable(listing.headings, listing.rows, context.paint));
    }
  }
}

/** YAML of an API object. */
export async function yamlText(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value, { lineWidth: 0 });
}

/** YAML of an object with configuration and devices, whose names are sorted: people look for one of them. */
export async function sortedYamlText(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value, { lineWidth: 0, sortMapEntries: true });
}

/** RFC 4180. */
function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
