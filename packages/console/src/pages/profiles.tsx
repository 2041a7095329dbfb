import type { Profile } from "@lodge/api";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { useProfiles } from "../server/queries.ts";

const columns: readonly Column<Profile>[] = [
  { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
  { title: "Description", cell: ({ description }) => description },
  { title: "Devices", cell: ({ devices }) => Object.keys(devices).join(", ") },
  {
    title: "Settings",
    cell: ({ config }) => (
      <code>
        {Object.entries(config)
          .map(([key, value]) => `${key}=${value.length > 40 ? `${value.slice(0, 40)}…` : value}`)
          .join(" ")}
      </code>
    ),
  },
  { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
];

export function Profiles() {
  return (
    <PlainPage title="Profiles">
      <Loaded query={useProfiles()} what="Profiles">
        {(profiles) =>
          profiles.length === 0 ? (
            <Nothing title="There are no profiles">
              A profile is settings and devices that instances share: <code>lodge profile create web</code>.
            </Nothing>
          ) : (
            <DataTable label="Profiles" columns={columns} rows={profiles} keyOf={({ name }) => name} />
          )
        }
      </Loaded>
    </PlainPage>
  );
}
