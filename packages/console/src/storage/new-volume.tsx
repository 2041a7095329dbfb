import { diskSize } from "@lodge/api/values";
import { useState } from "react";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useServer } from "../server/server.tsx";

export function NewVolume({ pool, onClose }: { readonly pool: string; readonly onClose: () => void }) {
  const { client } = useServer();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"filesystem" | "block">("filesystem");
  const [size, setSize] = useState("");
  const problem = size === "" ? undefined : diskSize(size);
  return (
    <FormDialog
      title={`Create volume ${name}`}
      heading={`Create a volume in ${pool}`}
      verb="Create"
      isReady={name !== "" && !problem}
      onSubmit={() =>
        client.pools.volumes(pool).create({ name, content_type: kind, config: { ...(size && { size }) } })
      }
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} isRequired autoFocus />
      <ChoiceField
        label="Kind"
        value={kind}
        options={[
          ["filesystem", "Directory: for containers and virtual machines, also for several at once"],
          ["block", "Disk: for a virtual machine, which puts a file system on it"],
        ]}
        onChange={(next) => setKind(next === "block" ? "block" : "filesystem")}
      />
      <TextField
        label="Size"
        value={size}
        onChange={setSize}
        placeholder={kind === "block" ? "10GiB" : "No limit"}
        error={problem && `It ${problem}.`}
      />
    </FormDialog>
  );
}
