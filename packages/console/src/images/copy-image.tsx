import type { InstanceType } from "@lodge/api";
import { useState } from "react";
import "../create/create.css";
import type { ChosenImage } from "../create/draft.ts";
import { ImagePicker } from "../create/image-picker.tsx";
import { ChoiceField, TextField, Tick } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useHost } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

/** Has the daemon fetch an image of a server. */
export function CopyImage({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const architecture = useHost().data?.architecture ?? "";
  const [type, setType] = useState<InstanceType>("container");
  const [image, setImage] = useState<ChosenImage>();
  const [alias, setAlias] = useState<string>();
  const [update, setUpdate] = useState(true);
  const name = alias ?? (image ? image.name : "");
  const copy = async () => {
    if (!image?.server) throw new Error("Choose an image of a server.");
    return client.images.pull({
      source: {
        ...{ type: "image", mode: "pull", server: image.server.url, protocol: image.server.protocol },
        // By its alias, which later leads to newer ones.
        ...(update ? { alias: image.name } : { fingerprint: image.fingerprint }),
        image_type: type,
      },
      auto_update: update,
      ...(name && { aliases: [{ name, description: "" }] }),
    });
  };
  return (
    <FormDialog
      title={`Get ${name || "an image"}`}
      heading="Get an image from a server"
      verb="Get it"
      isWide
      isReady={image?.server !== undefined}
      onSubmit={copy}
      onClose={onClose}
    >
      <ChoiceField
        label="For"
        value={type}
        options={[
          ["container", "Containers"],
          ["virtual-machine", "Virtual machines"],
        ]}
        onChange={(next) => {
          setType(next as InstanceType);
          setImage(undefined);
        }}
      />
      {architecture && (
        <ImagePicker isRemoteOnly type={type} architecture={architecture} chosen={image} onChoose={setImage} />
      )}
      <TextField label="Called here" value={name} onChange={setAlias} />
      <Tick label="Keep it up to date" hint="A newer one takes its place." isChecked={update} onChange={setUpdate} />
    </FormDialog>
  );
}
