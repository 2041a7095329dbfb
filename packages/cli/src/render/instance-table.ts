import type { InstanceFull } from "@lodge/api";
import { globalAddresses } from "@lodge/sdk";

export const instanceHeadings = ["NAME", "STATE", "IPV4", "IPV6", "TYPE", "SNAPSHOTS"] as const;

export interface InstanceTable {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All columns, one line an address. */
export function instanceRows(instances: readonly InstanceFull[]): string[][] {
  return instances.map((instance) => [
    instance.name,
    instance.status.toUpperCase(),
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
  rows: readonly (readonly string[])[],
  columns: number,
  width: (rows: readonly (readonly string[])[]) => number,
): InstanceTable {
  const fits = ({ headings, rows }: InstanceTable) => width([headings, ...rows]) <= columns;
  let table: InstanceTable = { headings: instanceHeadings, rows };
  if (fits(table)) return table;
  if (rows.every((row) => row[5] === "0")) table = dropLast(table);
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

function dropLast({ headings, rows }: InstanceTable): InstanceTable {
  return { headings: headings.slice(0, -1), rows: rows.map((row) => row.slice(0, -1)) };
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
