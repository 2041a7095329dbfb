import type { Operation } from "@lodge/api";
import { Button, Label } from "@patternfly/react-core";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { progressOf } from "../parts/progress.ts";
import { useActions } from "../server/actions.tsx";
import { useOperations } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";
import { useMay } from "../server/user.ts";

const colourOf = (code: number) => (code < 200 ? "blue" : code === 200 ? "green" : code === 401 ? "grey" : "red");

const subjectsOf = ({ resources }: Operation): string =>
  Object.values(resources ?? {})
    .flat()
    .map((url) => decodeURIComponent(url.replace(/\?.*$/, "").split("/").slice(3).join("/")))
    .join(", ");

export function Operations() {
  const { client } = useServer();
  const { run } = useActions();
  const may = useMay();
  const cancel = ({ id, description }: Operation) =>
    void run(`Cancel: ${description}`, async () => (await client.operations.follow(id)).cancel());
  const columns: readonly Column<Operation>[] = [
    { title: "What", cell: ({ description }) => description, sort: ({ description }) => description },
    { title: "On", cell: subjectsOf, sort: subjectsOf },
    {
      title: "State",
      width: "9rem",
      sort: ({ status }) => status,
      cell: ({ status, status_code }) => (
        <Label isCompact color={colourOf(status_code)}>
          {status}
        </Label>
      ),
    },
    { title: "Progress", cell: (operation) => operation.err || progressOf(operation) },
    {
      title: "Since",
      isMinor: true,
      cell: ({ created_at }) => formatTime(created_at),
      sort: ({ created_at }) => created_at,
    },
    {
      title: "Actions",
      width: "7rem",
      cell: (operation) =>
        operation.may_cancel &&
        operation.status_code < 200 &&
        may("operate") && (
          <Button variant="link" isInline onClick={() => cancel(operation)}>
            Cancel<span className="lodge-unseen"> {operation.description}</span>
          </Button>
        ),
    },
  ];
  return (
    <PlainPage title="Operations">
      <Loaded query={useOperations()} what="Operations">
        {(operations) =>
          operations.length === 0 ? (
            <Nothing title="Nothing is under way">
              Slow work, such as creating an instance, is listed here while it goes on and some time after.
            </Nothing>
          ) : (
            <DataTable
              label="Operations"
              columns={columns}
              rows={operations.toSorted((a, b) => b.created_at.localeCompare(a.created_at))}
              keyOf={({ id }) => id}
            />
          )
        }
      </Loaded>
    </PlainPage>
  );
}
