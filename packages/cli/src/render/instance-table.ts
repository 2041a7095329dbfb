import type { InstanceFull } from "@lodge/api";
import { globalAddresses } from "@lodge/sdk";
import { deadline } from "./lifetime.ts";
import { formatTime } from "./units.ts";

export const instanceHeadings = ["NAME", "STATE", "IPV4", "IPV6", "TYPE", "SNAPSHOTS"] as const;

export interface InstanceTable {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Where an instance has a lifetime there is one more column. */
export function instanceTable(instances: readonly InstanceFull[]): InstanceTable {
  const rows = instanceRows(instances);
  const ends = instances.map((instance) => formatTime(deadline(instance) ?? never));
  if (ends.every((end) => end === "")) return { headings: instanceHeadings, rows };
  return { headings: [...instanceHeadings, "EXPIRES"], rows: rows.map((row, at) => [...row, ends[at] ?? ""]) };
}

const never = "0001-01-01T00:00:00Z";

/** What a user paused and what the governor froze are two things. */
function stateWords({ status, config }: InstanceFull): string {
  const state = status.toUpperCase();
  return status === "Frozen" && frozenSince(config) !== undefined ? `${state} (GOVERNOR)` : state;
}

/** When the governor let it stand still (RFC 3339). */
export const frozenSince = (config: InstanceFull["config"]): string | undefined => config["volatile.governor.frozen"];

/** One line an address. */
function instanceRows(instances: readonly InstanceFull[]): string[][] {
  return instances.map((instance) => [
    instance.name,
    stateWords(instance),
    addresses(instance, "inet"),
    addresses(instance, "inet6"),
    instance.type.toUpperCase(),
    String(instance.snapshots?.length ?? 0),
  ]);
}

/**
 * The table as it fits a terminal of so many columns: what is lost first is lost least. `width` is of the whole table
 * with these rows, headings included.
 */
export function fitInstanceTable(
  whole: InstanceTable,
  columns: number,
  width: (rows: readonly (readonly string[])[]) => number,
): InstanceTable {
  const fits = ({ headings, rows }: InstanceTable) => width([headings, ...rows]) <= columns;
  let table = whole;
  if (fits(table)) return table;
  if (table.rows.every((row) => row[5] === "0")) table = dropColumn(table, 5);
  if (fits(table)) return table;
  table = mapColumn(table, 3, (cell) => cell.split("\n").map(breakAddress).join("\n"));
  if (fits(table)) return table;
  table = mapColumn(table, 4, (cell) => (cell === "VIRTUAL-MACHINE" ? "VM" : cell));
  if (fits(table)) return table;
  return mapColumn(table, 3, (cell) => cell.replaceAll(/ \(\w+\)/g, ""));
}

function addresses({ state }: InstanceFull, family: string): string {
  return globalAddresses(state)
    .filter((each) => each.family === family)
    .map(({ address, nic }) => `${address} (${nic})`)
    .join("\n");
}

function dropColumn({ headings, rows }: InstanceTable, column: number): InstanceTable {
  return { headings: headings.toSpliced(column, 1), rows: rows.map((row) => row.toSpliced(column, 1)) };
}

function mapColumn({ headings, rows }: InstanceTable, column: number, change: (cell: string) => string): InstanceTable {
  return { headings, rows: rows.map((row) => row.map((cell, at) => (at === column ? change(cell) : cell))) };
}

/** A long IPv6 address on two lines, broken after the network's part. */
function breakAddress(line: string): string {
  const groups = line.split(":");
  if (line.length <= 25 || groups.length < 5) return line;
  return `${groups.slice(0, 4).join(":")}:\n${groups.slice(4).join(":")}`;
}
