import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ChoiceField, TextField, Tick } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useChooseProject } from "../server/project.ts";
import { useNetworks, usePools } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

const features = [
  ["features.images", "Images", "Else those of the project default."],
  ["features.profiles", "Profiles", "Else those of the project default."],
  ["features.storage.volumes", "Volumes", "Else those of the project default."],
] as const;

const limits = [
  ["limits.instances", "Instances", "A number"],
  ["limits.cpu", "Processors", "A number; each instance must then have limits.cpu"],
  ["limits.memory", "Memory", "Such as 8GiB; each instance must then have limits.memory"],
  ["limits.disk", "Disk", "Such as 100GiB; each root disk and volume must then have a size"],
] as const;

export function NewProject({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const choose = useChooseProject();
  const cache = useQueryClient();
  const pools = (usePools().data ?? []).map(({ name }) => name);
  const networks = (useNetworks().data ?? []).filter(({ managed }) => managed).map(({ name }) => name);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [config, setConfig] = useState<Readonly<Record<string, string>>>({});
  const [pool, setPool] = useState<string>();
  const [network, setNetwork] = useState<string>();
  const set = (key: string, value: string) => setConfig({ ...config, [key]: value });
  const ownProfiles = config["features.profiles"] !== "false";
  const storage = pool ?? pools[0] ?? "";
  const nic = network ?? networks[0] ?? "";
  const said = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));
  return (
    <FormDialog
      title={`Create project ${name}`}
      heading="Create a project"
      verb="Create and go there"
      isReady={name !== ""}
      onSubmit={async () => {
        await client.projects.create({
          ...{ name, description, config: said },
          ...(ownProfiles && storage && { storage }),
          ...(ownProfiles && nic && { network: nic }),
        });
        // One goes only to where there is something.
        await cache.invalidateQueries({ queryKey: ["projects"] });
      }}
      onDone={() => choose(name)}
      onClose={onClose}
    >
      <div className="lodge-side-by-side">
        <TextField label="Name" value={name} onChange={setName} isRequired autoFocus />
        <TextField label="Description" value={description} onChange={setDescription} />
      </div>
      <fieldset className="lodge-ticks">
        <legend>Of its own</legend>
        {features.map(([key, title, hint]) => (
          <Tick
            key={key}
            label={title}
            hint={hint}
            isChecked={config[key] !== "false"}
            onChange={(isChecked) => set(key, isChecked ? "" : "false")}
          />
        ))}
      </fieldset>
      {ownProfiles && (
        <div className="lodge-side-by-side">
          <ChoiceField label="Disks lie in" value={storage} options={pools} onChange={setPool} />
          <ChoiceField label="Network" value={nic} options={[...networks, ["", "None"]]} onChange={setNetwork} />
        </div>
      )}
      <div className="lodge-side-by-side">
        {limits.map(([key, title, hint]) => (
          <TextField
            key={key}
            label={`${title} at most`}
            hint={hint}
            value={config[key] ?? ""}
            onChange={(value) => set(key, value)}
          />
        ))}
      </div>
      <Tick
        label="Restricted"
        hint="What could reach the host or other projects is refused in it: privileged containers, devices and directories of the host, and more."
        isChecked={config["restricted"] === "true"}
        onChange={(isChecked) => set("restricted", isChecked ? "true" : "")}
      />
    </FormDialog>
  );
}
