import type { Image } from "@lodge/api";
import { useState } from "react";
import { FactList } from "../parts/fact-list.tsx";
import { TextField, Tick } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { imageTitle } from "../parts/image-title.ts";
import { useTag } from "../parts/use-tag.ts";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";

export function ImageProperties({ image, onClose }: { readonly image: Image; readonly onClose: () => void }) {
  const { client } = useServer();
  const { fingerprint, type } = image;
  const before = image.aliases.map(({ name }) => name);
  const [aliases, setAliases] = useState(before.join(", "));
  const [description, setDescription] = useState(image.properties["description"] ?? "");
  const [isPublic, setPublic] = useState(image.public);
  const [update, setUpdate] = useState(image.auto_update);
  const tag = useTag(() => client.images.getTagged(fingerprint));
  const save = async () => {
    const names = aliases.split(/[,\s]+/).filter(Boolean);
    const { profiles, expires_at } = image;
    const properties = { ...image.properties, description };
    const put = { public: isPublic, auto_update: update, properties, profiles, expires_at };
    await client.images.update(fingerprint, put, await tag);
    // New names first: it is never without one.
    for (const name of names.filter((each) => !before.includes(each))) {
      await client.images.addAlias({ name, target: fingerprint, description: "" });
    }
    for (const name of before.filter((each) => !names.includes(each))) await client.images.removeAlias(name, type);
  };
  return (
    <FormDialog
      title={`Change image ${imageTitle(image)}`}
      heading={`Image ${imageTitle(image)}`}
      verb="Save"
      onSubmit={save}
      onClose={onClose}
    >
      <FactList
        facts={[
          ["Fingerprint", <code key="fingerprint">{fingerprint}</code>],
          ["Architecture", image.architecture],
          ["Made", formatTime(image.created_at)],
          ["Last used", formatTime(image.last_used_at) || "never"],
          ...(image.update_source ? [["From", image.update_source.server] as const] : []),
        ]}
      />
      <TextField label="Names" value={aliases} onChange={setAliases} hint="Separated by commas." />
      <TextField label="Description" value={description} onChange={setDescription} />
      <Tick
        label="Public"
        hint="Whoever reaches the server's HTTPS address may see and fetch it."
        isChecked={isPublic}
        onChange={setPublic}
      />
      {image.update_source?.alias && <Tick label="Keep it up to date" isChecked={update} onChange={setUpdate} />}
    </FormDialog>
  );
}
