import type { Pool } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { usePoolSpace, usePools } from "../server/queries.ts";
import { formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";
import { NewPool } from "../storage/new-pool.tsx";

export function Storage() {
  const may = useMay();
  const query = usePools();
  const [creating, setCreating] = useState(false);
  const space = new Map(
    (usePoolSpace((query.data ?? []).map(({ name }) => name)).data ?? []).map((each) => [each.name, each.space]),
  );
  const columns: readonly Column<Pool>[] = [
    {
      title: "Name",
      cell: ({ name }) => (
        <Link to="/storage/$pool" params={{ pool: name }}>
          {name}
        </Link>
      ),
      sort: ({ name }) => name,
    },
    { title: "Driver", isMinor: true, cell: ({ driver }) => driver, sort: ({ driver }) => driver },
    { title: "State", cell: ({ status, problem }) => (problem ? `${status}: ${problem}` : status) },
    { title: "Used", cell: ({ name }) => bytesOf(space.get(name)?.used), isNumber: true },
    { title: "Size", cell: ({ name }) => bytesOf(space.get(name)?.total), isNumber: true },
    { title: "Source", isMinor: true, cell: ({ config }) => <code>{config["source"] ?? ""}</code> },
    { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
  ];
  const create = may("administer") && <Button onClick={() => setCreating(true)}>Create pool</Button>;
  return (
    <PlainPage title="Storage" actions={create}>
      <Loaded query={query} what="Storage pools">
        {(pools) =>
          pools.length === 0 ? (
            <Nothing title="There are no storage pools" action={create}>
              Instances' disks, and volumes that you keep beside them, lie in pools.
            </Nothing>
          ) : (
            <DataTable label="Storage pools" columns={columns} rows={pools} keyOf={({ name }) => name} />
          )
        }
      </Loaded>
      {creating && <NewPool onClose={() => setCreating(false)} />}
    </PlainPage>
  );
}

const bytesOf = (bytes: number | undefined): string => (bytes === undefined ? "" : formatBytes(bytes));
