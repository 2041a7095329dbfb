import type { Network } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { NewNetwork } from "../networks/new-network.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { useNetworks } from "../server/queries.ts";
import { useMay } from "../server/user.ts";

const columns: readonly Column<Network>[] = [
  {
    title: "Name",
    cell: ({ name, managed }) =>
      managed ? (
        <Link to="/networks/$name" params={{ name }}>
          {name}
        </Link>
      ) : (
        name
      ),
    sort: ({ name }) => name,
  },
  { title: "Type", isMinor: true, cell: ({ type }) => type, sort: ({ type }) => type },
  {
    title: "Managed",
    isMinor: true,
    cell: ({ managed }) => (managed ? "by Lodge" : "by the host"),
    sort: ({ managed }) => (managed ? 0 : 1),
  },
  { title: "IPv4", cell: ({ config }) => config["ipv4.address"] ?? "" },
  { title: "IPv6", isMinor: true, cell: ({ config }) => config["ipv6.address"] ?? "" },
  { title: "Description", isMinor: true, cell: ({ description }) => description },
  { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
];

export function Networks() {
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const create = may("administer") && <Button onClick={() => setCreating(true)}>Create network</Button>;
  return (
    <PlainPage title="Networks" actions={create}>
      <Loaded query={useNetworks()} what="Networks">
        {(networks) =>
          networks.length === 0 ? (
            <Nothing title="There are no networks" action={create}>
              Instances reach each other and the outside by networks: bridges with addresses, names and filters of their
              own.
            </Nothing>
          ) : (
            <DataTable label="Networks" columns={columns} rows={networks} keyOf={({ name }) => name} />
          )
        }
      </Loaded>
      {creating && <NewNetwork onClose={() => setCreating(false)} />}
    </PlainPage>
  );
}
