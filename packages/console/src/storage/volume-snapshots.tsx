import type { StorageVolume } from "@lodge/api";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Loaded } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";
import { useMay } from "../server/user.ts";

interface VolumeSnapshotsProps {
  readonly volume: StorageVolume;
  readonly onClose: () => void;
}

export function VolumeSnapshots({ volume: { name, pool, used_by }, onClose }: VolumeSnapshotsProps) {
  const { client, project } = useServer();
  const { run } = useActions();
  const may = useMay();
  const cache = useQueryClient();
  const volumes = client.pools.volumes(pool);
  const [taken, setTaken] = useState("");
  const key = ["storage-pools", project, pool, "volumes", name, "snapshots"];
  const query = useQuery({ queryKey: key, queryFn: () => volumes.snapshots(name) });
  const [asked, setAsked] = useState<{ readonly verb: "Restore" | "Delete"; readonly snapshot: string }>();
  const act = async (...action: Parameters<typeof run>) => {
    await run(...action);
    await cache.invalidateQueries({ queryKey: key });
  };
  if (asked?.verb === "Restore") {
    return (
      <Confirm
        title={`Restore ${name} to ${asked.snapshot}?`}
        verb="Restore"
        onClose={() => setAsked(undefined)}
        onConfirm={() => void act(`Restore ${name} to ${asked.snapshot}`, () => volumes.restore(name, asked.snapshot))}
      >
        {name} becomes what it was then; what has changed since is lost.
      </Confirm>
    );
  }
  if (asked?.verb === "Delete") {
    return (
      <Confirm
        title={`Delete ${name}/${asked.snapshot}?`}
        verb="Delete"
        confirmWith={asked.snapshot}
        onClose={() => setAsked(undefined)}
        onConfirm={() =>
          void act(`Delete ${name}/${asked.snapshot}`, () => volumes.deleteSnapshot(name, asked.snapshot))
        }
      >
        What only this snapshot has is gone then.
      </Confirm>
    );
  }
  return (
    <FormDialog
      title={`Snapshot of ${name}`}
      heading={`Snapshots of ${name}`}
      verb="Take snapshot"
      onSubmit={() => volumes.createSnapshot(name, { ...(taken && { name: taken }) })}
      onClose={onClose}
    >
      <Loaded query={query} what="Snapshots">
        {(snapshots) =>
          snapshots.length === 0 ? (
            <p className="lodge-hint">There are none: a snapshot is the volume as it is now, to go back to.</p>
          ) : (
            <DataTable
              label="Snapshots"
              rows={snapshots}
              keyOf={(snapshot) => snapshot.name}
              columns={[
                { title: "Name", cell: (snapshot) => shortName(snapshot.name) },
                { title: "Taken", cell: ({ created_at }) => formatTime(created_at) },
                {
                  title: "Actions",
                  cell: (snapshot) => {
                    const short = shortName(snapshot.name);
                    return (
                      <>
                        {may("manage") && used_by.length === 0 && (
                          <RowButton
                            title="Restore"
                            of={short}
                            onClick={() => setAsked({ verb: "Restore", snapshot: short })}
                          />
                        )}
                        <RowButton
                          title="Delete"
                          of={short}
                          isDanger
                          onClick={() => setAsked({ verb: "Delete", snapshot: short })}
                        />
                      </>
                    );
                  },
                },
              ]}
            />
          )
        }
      </Loaded>
      <TextField label="Name of a new one" value={taken} onChange={setTaken} placeholder="snap0, snap1…" />
    </FormDialog>
  );
}

const shortName = (name: string): string => name.slice(name.indexOf("/") + 1);
