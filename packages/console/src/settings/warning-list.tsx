import type { Warning } from "@lodge/api";
import { Label } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useWarnings } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo } from "../server/units.ts";

const colours = { high: "red", moderate: "orange", low: "grey" } as const;
const order = { high: 0, moderate: 1, low: 2 } as const;

export function WarningList() {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const act = async (title: string, work: () => Promise<void>) => {
    await run(title, work);
    await cache.invalidateQueries({ queryKey: ["warnings"] });
  };
  const columns: readonly Column<Warning>[] = [
    {
      title: "How bad",
      width: "7rem",
      sort: ({ severity }) => order[severity],
      cell: ({ severity }) => (
        <Label isCompact color={colours[severity]}>
          {severity}
        </Label>
      ),
    },
    { title: "What", cell: ({ type }) => type, sort: ({ type }) => type },
    { title: "Says", isMinor: true, cell: ({ last_message }) => <span title={last_message}>{last_message}</span> },
    { title: "State", cell: ({ status }) => status, sort: ({ status }) => status },
    { title: "Times", isMinor: true, cell: ({ count }) => count, sort: ({ count }) => count, isNumber: true },
    {
      title: "Last",
      isMinor: true,
      cell: ({ last_seen_at }) => formatAgo(last_seen_at),
      sort: ({ last_seen_at }) => last_seen_at,
    },
    {
      title: "Actions",
      cell: ({ uuid, type, status }) => (
        <>
          {status === "new" && (
            <RowButton
              title="Acknowledge"
              of={type}
              onClick={() =>
                void act(`Acknowledge ${type}`, () => client.warnings.update(uuid, { status: "acknowledged" }))
              }
            />
          )}
          <RowButton
            title="Delete"
            of={type}
            isDanger
            onClick={() => void act(`Delete warning ${type}`, () => client.warnings.delete(uuid))}
          />
        </>
      ),
    },
  ];
  return (
    <Loaded query={useWarnings(true)} what="Warnings">
      {(warnings) =>
        warnings.length === 0 ? (
          <Nothing title="All is as it should be">
            Trouble that the daemon knows of is listed here: what it cannot do on this host, disks that are full,
            instances that do not start.
          </Nothing>
        ) : (
          <DataTable label="Warnings" columns={columns} rows={warnings} keyOf={({ uuid }) => uuid} />
        )
      }
    </Loaded>
  );
}
