import type { StorageVolume } from "@lodge/api";
import { useState } from "react";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useInstances } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

/** As a device of an instance, also while that runs. */
export function AttachVolume({ volume, onClose }: { readonly volume: StorageVolume; readonly onClose: () => void }) {
  const { client } = useServer();
  const { name, pool, content_type } = volume;
  const isDirectory = content_type === "filesystem";
  const fitting = (useInstances().data ?? []).filter(({ type }) => isDirectory || type === "virtual-machine");
  const [chosen, setInstance] = useState("");
  const [path, setPath] = useState(`/mnt/${name}`);
  const instance = chosen || fitting[0]?.name || "";
  const attach = async () => {
    const { value, etag } = await client.instances.getTagged(instance);
    if (Object.hasOwn(value.devices, name)) throw new Error(`${instance} has a device "${name}" already.`);
    const device = { type: "disk", pool, source: name, ...(isDirectory && { path }) };
    return client.instances.update(instance, { ...value, devices: { ...value.devices, [name]: device } }, etag);
  };
  return (
    <FormDialog
      title={`Attach ${name} to ${instance}`}
      heading={`Attach ${name}`}
      verb="Attach"
      isReady={instance !== "" && (!isDirectory || path.startsWith("/"))}
      onSubmit={attach}
      onClose={onClose}
    >
      <ChoiceField
        label="To instance"
        value={instance}
        options={fitting.map((each) => each.name)}
        onChange={setInstance}
        {...(fitting.length === 0 && { error: isDirectory ? "There are none." : "There is no virtual machine." })}
      />
      {isDirectory && (
        <TextField label="At" value={path} onChange={setPath} hint="A directory inside; it is made if it is missing." />
      )}
    </FormDialog>
  );
}
