import type { Profile, ProfilePut } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { lazy, Suspense, useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { fetched } from "../server/fetched.ts";
import { useProfiles } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { useMay } from "../server/user.ts";

const YamlDialog = lazy(fetched(() => import("../parts/yaml-dialog.tsx")));

const facts: readonly Column<Profile>[] = [
  { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
  { title: "Description", isMinor: true, cell: ({ description }) => description },
  { title: "Devices", cell: ({ devices }) => Object.keys(devices).join(", ") },
  {
    title: "Settings",
    isMinor: true,
    cell: ({ config }) => (
      <code>
        {Object.entries(config)
          .map(([key, value]) => `${key}=${value.length > 40 ? `${value.slice(0, 40)}…` : value}`)
          .join(" ")}
      </code>
    ),
  },
  { title: "Used by", cell: ({ used_by }) => used_by.length, sort: ({ used_by }) => used_by.length, isNumber: true },
];

type Doing = { readonly verb: "edit" | "copy" | "delete"; readonly profile: Profile } | { readonly verb: "create" };

export function Profiles() {
  const may = useMay();
  const [doing, setDoing] = useState<Doing>();
  const actions: Column<Profile> = {
    title: "Actions",
    width: "10rem",
    cell: (profile) => (
      <>
        <RowButton title="Edit" of={profile.name} onClick={() => setDoing({ verb: "edit", profile })} />
        <RowButton title="Copy" of={profile.name} onClick={() => setDoing({ verb: "copy", profile })} />
        {profile.name !== "default" && (
          <RowButton title="Delete" of={profile.name} isDanger onClick={() => setDoing({ verb: "delete", profile })} />
        )}
      </>
    ),
  };
  const create = may("manage") && <Button onClick={() => setDoing({ verb: "create" })}>Create profile</Button>;
  return (
    <PlainPage title="Profiles" actions={create}>
      <Loaded query={useProfiles()} what="Profiles">
        {(profiles) =>
          profiles.length === 0 ? (
            <Nothing title="There are no profiles" action={create}>
              A profile is settings and devices that instances share; a change of it reaches all that use it.
            </Nothing>
          ) : (
            <DataTable
              label="Profiles"
              columns={may("manage") ? [...facts, actions] : facts}
              rows={profiles}
              keyOf={({ name }) => name}
            />
          )
        }
      </Loaded>
      <Suspense>{doing && <Dialog doing={doing} onClose={() => setDoing(undefined)} />}</Suspense>
    </PlainPage>
  );
}

function Dialog({ doing, onClose }: { readonly doing: Doing; readonly onClose: () => void }) {
  const { client } = useServer();
  const { run } = useActions();
  if (doing.verb === "create" || doing.verb === "copy") {
    return <NewProfile {...(doing.verb === "copy" && { from: doing.profile })} onClose={onClose} />;
  }
  const { name, used_by } = doing.profile;
  if (doing.verb === "edit") {
    return (
      <YamlDialog
        title={`Edit profile ${name}`}
        hint={
          used_by.length > 0
            ? `What you change reaches the ${used_by.length} that use it, at once where that can be.`
            : undefined
        }
        load={async () => {
          const { value, etag } = await client.profiles.getTagged(name);
          const { description, config, devices } = value;
          return { value: { description, config, devices }, etag };
        }}
        save={(value, etag) => client.profiles.update(name, value as ProfilePut, etag)}
        onClose={onClose}
      />
    );
  }
  return (
    <Confirm
      title={`Delete profile ${name}?`}
      verb="Delete"
      onClose={onClose}
      onConfirm={() => void run(`Delete profile ${name}`, () => client.profiles.delete(name))}
    >
      {used_by.length > 0 ? `${used_by.length} use it: the server refuses it until none does.` : "Nothing uses it."}
    </Confirm>
  );
}

function NewProfile({ from, onClose }: { readonly from?: Profile; readonly onClose: () => void }) {
  const { client } = useServer();
  const [name, setName] = useState("");
  const [description, setDescription] = useState(from?.description ?? "");
  const [processors, setProcessors] = useState("");
  const [memory, setMemory] = useState("");
  const config = {
    ...from?.config,
    ...(processors && { "limits.cpu": processors }),
    ...(memory && { "limits.memory": memory }),
  };
  return (
    <FormDialog
      title={`Create profile ${name}`}
      heading={from ? `Copy profile ${from.name}` : "Create a profile"}
      verb="Create"
      isReady={name !== ""}
      onSubmit={() => client.profiles.create({ name, description, config, devices: from?.devices ?? {} })}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} isRequired autoFocus />
      <TextField label="Description" value={description} onChange={setDescription} />
      {!from && (
        <div className="lodge-side-by-side">
          <TextField label="Processors" value={processors} onChange={setProcessors} hint="limits.cpu" />
          <TextField label="Memory" value={memory} onChange={setMemory} hint="limits.memory, such as 1GiB" />
        </div>
      )}
      <p className="lodge-hint">Everything else, devices too, is edited as YAML once it is there.</p>
    </FormDialog>
  );
}
