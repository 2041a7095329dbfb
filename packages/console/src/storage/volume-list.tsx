import type { StorageVolume } from "@lodge/api";
import { Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { InstanceLinks } from "../parts/instance-links.tsx";
import { Loaded, Nothing } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";
import { useMay } from "../server/user.ts";
import { AttachVolume } from "./attach-volume.tsx";
import { IsoUpload } from "./iso-upload.tsx";
import { NewVolume } from "./new-volume.tsx";
import { VolumeSnapshots } from "./volume-snapshots.tsx";
import { useVolumes } from "./volumes.ts";

const kinds = { filesystem: "directory", block: "disk", iso: "ISO" } as const;

type Doing =
  | { readonly verb: "create" | "upload" }
  | { readonly verb: "attach" | "snapshots" | "delete"; readonly volume: StorageVolume };

export function Volumes({ pool }: { readonly pool: string }) {
  const may = useMay();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const facts: readonly Column<StorageVolume>[] = [
    { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
    { title: "Kind", cell: ({ content_type }) => kinds[content_type], sort: ({ content_type }) => content_type },
    { title: "Size", isMinor: true, cell: ({ config }) => config["size"] ?? "no limit" },
    {
      title: "Made",
      isMinor: true,
      cell: ({ created_at }) => formatTime(created_at),
      sort: ({ created_at }) => created_at,
    },
    { title: "Used by", cell: ({ used_by }) => <InstanceLinks urls={used_by} /> },
  ];
  const actions: Column<StorageVolume> = {
    title: "Actions",
    width: "13rem",
    cell: (volume) => (
      <>
        {may("manage") && (
          <RowButton title="Attach" of={volume.name} onClick={() => setDoing({ verb: "attach", volume })} />
        )}
        {volume.content_type !== "iso" && (
          <RowButton title="Snapshots" of={volume.name} onClick={() => setDoing({ verb: "snapshots", volume })} />
        )}
        {may("manage") && (
          <RowButton title="Delete" of={volume.name} isDanger onClick={() => setDoing({ verb: "delete", volume })} />
        )}
      </>
    ),
  };
  const buttons = may("manage") && (
    <div className="lodge-actions">
      <Button variant="secondary" onClick={() => setDoing({ verb: "create" })}>
        Create volume
      </Button>
      <Button variant="secondary" onClick={() => setDoing({ verb: "upload" })}>
        Upload ISO
      </Button>
    </div>
  );
  return (
    <section className="lodge-part">
      <div className="lodge-heading">
        <Title headingLevel="h2" size="lg">
          Volumes
        </Title>
        {buttons}
      </div>
      <Loaded query={useVolumes(pool)} what="Volumes">
        {(volumes) =>
          volumes.length === 0 ? (
            <Nothing title="There are no volumes in this pool">
              A volume is a disk or a directory that outlives the instances that it is attached to; an ISO installs a
              system.
            </Nothing>
          ) : (
            <DataTable
              label="Volumes"
              columns={may("operate") ? [...facts, actions] : facts}
              rows={volumes}
              keyOf={({ name }) => name}
            />
          )
        }
      </Loaded>
      {doing?.verb === "create" && <NewVolume pool={pool} onClose={close} />}
      {doing?.verb === "upload" && <IsoUpload pool={pool} onClose={close} />}
      {doing?.verb === "attach" && <AttachVolume volume={doing.volume} onClose={close} />}
      {doing?.verb === "snapshots" && <VolumeSnapshots volume={doing.volume} onClose={close} />}
      {doing?.verb === "delete" && <Delete volume={doing.volume} onClose={close} />}
    </section>
  );
}

function Delete({ volume, onClose }: { readonly volume: StorageVolume; readonly onClose: () => void }) {
  const { client } = useServer();
  const { run } = useActions();
  const { name, pool, used_by } = volume;
  return (
    <Confirm
      title={`Delete volume ${name}?`}
      verb="Delete"
      confirmWith={name}
      onClose={onClose}
      onConfirm={() => void run(`Delete volume ${name}`, () => client.pools.volumes(pool).delete(name))}
    >
      {used_by.length > 0
        ? `${used_by.length} use it: the server refuses it until none does.`
        : "What is in it, and its snapshots, are gone then."}
    </Confirm>
  );
}
