import type { InstanceFull } from "@lodge/api";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Nothing } from "../parts/page.tsx";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly settings: string;
  readonly from: string;
}

const columns: readonly Column<Row>[] = [
  { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
  { title: "Type", cell: ({ type }) => type, sort: ({ type }) => type, width: "9rem" },
  { title: "Settings", cell: ({ settings }) => <code>{settings}</code> },
  { title: "From", cell: ({ from }) => from, sort: ({ from }) => from, width: "10rem" },
];

export function Devices({ instance: { devices, expanded_devices } }: { readonly instance: InstanceFull }) {
  const rows = Object.entries(expanded_devices ?? devices).map(([name, { type = "", ...settings }]) => ({
    ...{ name, type, from: name in devices ? "the instance" : "a profile" },
    settings: Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  }));
  if (rows.length === 0)
    return <Nothing title="It has no devices">Without a disk and a network it does little.</Nothing>;
  return <DataTable label="Devices" columns={columns} rows={rows} keyOf={({ name }) => name} />;
}
