import type { InstanceFull, InstanceSnapshot } from "@lodge/api";
import { Button, FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Nothing } from "../parts/page.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";
import { useMay } from "../server/user.ts";

type Asked = { readonly verb: "Restore" | "Delete"; readonly snapshot: string };

export function Snapshots({ instance }: { readonly instance: InstanceFull }) {
  const { client } = useServer();
  const { run } = useActions();
  const may = useMay();
  const [name, setName] = useState("");
  const [asked, setAsked] = useState<Asked>();
  const snapshots = client.instances.snapshots(instance.name);
  const take = () => void run(`Snapshot of ${instance.name}`, () => snapshots.create(name ? { name } : {}));
  const perform = ({ verb, snapshot }: Asked) =>
    void run(`${verb} ${instance.name}/${snapshot}`, () =>
      verb === "Restore" ? snapshots.restore(snapshot) : snapshots.delete(snapshot),
    );
  const columns: readonly Column<InstanceSnapshot>[] = [
    { title: "Name", cell: (each) => each.name, sort: (each) => each.name },
    { title: "Taken", cell: (each) => formatTime(each.created_at), sort: (each) => each.created_at },
    { title: "Expires", cell: (each) => formatTime(each.expires_at ?? "") || "never" },
    { title: "With memory", cell: (each) => (each.stateful ? "yes" : "no"), width: "8rem" },
    {
      title: "Actions",
      width: "14rem",
      cell: (each) => (
        <>
          {may("manage") && (
            <Button variant="link" isInline onClick={() => setAsked({ verb: "Restore", snapshot: each.name })}>
              Restore<span className="lodge-unseen"> {each.name}</span>
            </Button>
          )}{" "}
          {may("operate") && (
            <Button variant="link" isInline isDanger onClick={() => setAsked({ verb: "Delete", snapshot: each.name })}>
              Delete<span className="lodge-unseen"> {each.name}</span>
            </Button>
          )}
        </>
      ),
    },
  ];
  return (
    <>
      {may("operate") && (
        <form
          className="lodge-toolbar"
          onSubmit={(event) => {
            event.preventDefault();
            take();
            setName("");
          }}
        >
          <FormGroup label="Name of a new snapshot" fieldId="snapshot">
            <TextInput
              id="snapshot"
              placeholder="snap0, snap1…"
              value={name}
              onChange={(_event, value) => setName(value)}
            />
          </FormGroup>
          <Button type="submit">Take snapshot</Button>
        </form>
      )}
      {instance.snapshots.length === 0 ? (
        <Nothing title="There are no snapshots">
          A snapshot keeps the instance's files as they are now, to go back to. It costs no room until they change.
        </Nothing>
      ) : (
        <DataTable label="Snapshots" columns={columns} rows={instance.snapshots} keyOf={(each) => each.name} />
      )}
      {asked && (
        <Confirm
          title={`${asked.verb} ${asked.snapshot}?`}
          verb={asked.verb}
          onClose={() => setAsked(undefined)}
          onConfirm={() => perform(asked)}
        >
          {asked.verb === "Restore"
            ? `${instance.name} becomes what it was then; what has changed since is lost.`
            : "What only this snapshot has is gone then."}
        </Confirm>
      )}
    </>
  );
}
