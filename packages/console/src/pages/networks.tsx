import type { Network } from "@lodge/api";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { useNetworks } from "../server/queries.ts";

const columns: readonly Column<Network>[] = [
  { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
  { title: "Type", cell: ({ type }) => type, sort: ({ type }) => type },
  { title: "Managed", cell: ({ managed }) => (managed ? "by Lodge" : "by the host") },
  { title: "IPv4", cell: ({ config }) => config["ipv4.address"] ?? "" },
  { title: "IPv6", cell: ({ config }) => config["ipv6.address"] ?? "" },
  { title: "Description", cell: ({ description }) => description },
  { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
];

export function Networks() {
  return (
    <PlainPage title="Networks">
      <Loaded query={useNetworks()} what="Networks">
        {(networks) =>
          networks.length === 0 ? (
            <Nothing title="There are no networks">
              Instances reach each other and the outside by networks: <code>lodge network create lodgebr1</code>.
            </Nothing>
          ) : (
            <DataTable label="Networks" columns={columns} rows={networks} keyOf={({ name }) => name} />
          )
        }
      </Loaded>
    </PlainPage>
  );
}
