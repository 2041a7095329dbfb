import type { InstanceFull } from "@lodge/api";
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../../parts/confirm.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Loaded, Nothing } from "../../parts/page.tsx";
import { useProfiles } from "../../server/queries.ts";
import { useMay } from "../../server/user.ts";
import { type Editable, useEditable, useSave } from "../configuration/use-editable.ts";
import { type DeviceDraft, DeviceForm } from "./device-form.tsx";
import { type DeviceRow, devicesOf } from "./device-rows.ts";

/** What it has beside processors and memory, and where each comes from. */
export default function Devices({ instance }: { readonly instance: InstanceFull }) {
  const query = useEditable(instance.name, [instance.devices, instance.profiles, instance.config]);
  return (
    <Loaded query={query} what="The devices">
      {(editable) => <DeviceTable {...{ instance, editable }} />}
    </Loaded>
  );
}

interface DeviceTableProps {
  readonly instance: InstanceFull;
  readonly editable: Editable;
}

function DeviceTable({ instance, editable: { value, etag } }: DeviceTableProps) {
  const may = useMay();
  const save = useSave(instance.name);
  const profiles = useProfiles().data ?? [];
  const [draft, setDraft] = useState<DeviceDraft>();
  const [removing, setRemoving] = useState<DeviceRow>();
  const [problem, setProblem] = useState<string>();
  const rows = devicesOf(value, profiles);

  const put = async (devices: InstanceFull["devices"]): Promise<string | undefined> => {
    const saved = await save({ ...value, devices }, etag);
    if (saved === "saved") return undefined;
    return saved === "conflict"
      ? "Somebody else has just changed the instance: look at what is there now, and save again."
      : saved.message;
  };
  /** Its own is taken away; of a profile's a `none` of the same name. */
  const remove = async ({ name, from }: DeviceRow) => {
    const { [name]: _gone, ...others } = value.devices;
    setProblem(await put(from === "instance" ? others : { ...others, [name]: { type: "none" } }));
  };
  const columns: readonly Column<DeviceRow>[] = [
    { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name, width: "6rem" },
    { title: "Type", cell: ({ type }) => type, sort: ({ type }) => type, width: "5rem" },
    { title: "Settings", cell: ({ words }) => <code title={words}>{words}</code> },
    {
      title: "From",
      cell: ({ from }) => (from === "instance" ? "the instance" : `profile ${from}`),
      sort: ({ from }) => from,
      width: "9rem",
    },
    ...(may("manage") ? [actionsColumn(setDraft, setRemoving)] : []),
  ];
  return (
    <>
      {may("manage") && (
        <div className="lodge-toolbar">
          <Button onClick={() => setDraft({ settings: {} })}>Add device</Button>
        </div>
      )}
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="Nothing has changed">
          {problem}
        </Alert>
      )}
      {rows.length === 0 ? (
        <Nothing title="It has no devices">Without a disk and a network it does little.</Nothing>
      ) : (
        <DataTable label="Devices" columns={columns} rows={rows} keyOf={({ name }) => name} />
      )}
      {draft && (
        <DeviceForm
          draft={draft}
          type={instance.type}
          taken={new Set(rows.map(({ name }) => name))}
          onSave={async (name, settings) => {
            const refused = await put({ ...value.devices, [name]: settings });
            if (refused !== undefined) throw new Error(refused);
          }}
          onClose={() => setDraft(undefined)}
        />
      )}
      {removing && (
        <Confirm
          title={`Remove ${removing.name}?`}
          verb="Remove"
          onClose={() => setRemoving(undefined)}
          onConfirm={() => void remove(removing)}
        >
          {removing.from === "instance"
            ? `${instance.name} loses it${instance.status === "Stopped" ? "" : ", at once where that is possible"}.`
            : `The profile ${removing.from} keeps it; ${instance.name} does not have it any more.`}
        </Confirm>
      )}
    </>
  );
}

function actionsColumn(edit: (draft: DeviceDraft) => void, remove: (row: DeviceRow) => void): Column<DeviceRow> {
  return {
    title: "Actions",
    width: "11rem",
    cell: (row) => (
      <span className="lodge-row-actions">
        <Button
          variant="link"
          isInline
          onClick={() => edit({ name: row.name, settings: row.settings, from: row.from })}
        >
          {row.from === "instance" ? "Edit" : "Override"}
          <span className="lodge-unseen"> {row.name}</span>
        </Button>
        {row.type !== "none" || row.from === "instance" ? (
          <Button variant="link" isInline isDanger onClick={() => remove(row)}>
            Remove<span className="lodge-unseen"> {row.name}</span>
          </Button>
        ) : undefined}
      </span>
    ),
  };
}
