import type { Pool } from "@lodge/api";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { usePoolSpace, usePools } from "../server/queries.ts";
import { formatBytes } from "../server/units.ts";

export function Storage() {
  const query = usePools();
  const space = new Map(
    (usePoolSpace((query.data ?? []).map(({ name }) => name)).data ?? []).map((each) => [each.name, each.space]),
  );
  const columns: readonly Column<Pool>[] = [
    { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
    { title: "Driver", cell: ({ driver }) => driver, sort: ({ driver }) => driver },
    { title: "State", cell: ({ status, problem }) => (problem ? `${status}: ${problem}` : status) },
    { title: "Used", cell: ({ name }) => bytesOf(space.get(name)?.used), isNumber: true },
    { title: "Size", cell: ({ name }) => bytesOf(space.get(name)?.total), isNumber: true },
    { title: "Source", cell: ({ config }) => <code>{config["source"] ?? ""}</code> },
    { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
  ];
  return (
    <PlainPage title="Storage">
      <Loaded query={query} what="Storage pools">
        {(pools) =>
          pools.length === 0 ? (
            <Nothing title="There are no storage pools">
              Instances' disks lie in pools: <code>lodge storage create fast btrfs</code>.
            </Nothing>
          ) : (
            <DataTable label="Storage pools" columns={columns} rows={pools} keyOf={({ name }) => name} />
          )
        }
      </Loaded>
    </PlainPage>
  );
}

const bytesOf = (bytes: number | undefined): string => (bytes === undefined ? "" : formatBytes(bytes));
