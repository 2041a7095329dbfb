import { useState } from "react";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useInstances } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

/** Of a stopped instance, or of a snapshot of any. */
export function PublishImage({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const sources = (useInstances().data ?? []).flatMap(({ name, status, snapshots }) => [
    ...(status === "Stopped" ? [name] : []),
    ...(snapshots ?? []).map((snapshot) => `${name}/${snapshot.name}`),
  ]);
  const [chosen, setSource] = useState("");
  const [alias, setAlias] = useState("");
  const source = chosen || sources[0] || "";
  return (
    <FormDialog
      title={`Make an image of ${source}`}
      heading="Make an image of an instance"
      verb="Make it"
      isReady={source !== ""}
      onSubmit={() =>
        client.images.publish({
          source: { type: source.includes("/") ? "snapshot" : "instance", name: source },
          ...(alias && { aliases: [{ name: alias, description: "" }] }),
        })
      }
      onClose={onClose}
    >
      <ChoiceField
        label="Instance or snapshot"
        value={source}
        options={sources}
        onChange={setSource}
        hint="One that is stopped, or a snapshot: what runs changes while it is read."
        {...(sources.length === 0 && { error: "None is stopped, and none has a snapshot." })}
      />
      <TextField label="Name" value={alias} onChange={setAlias} placeholder="web/2" />
    </FormDialog>
  );
}
