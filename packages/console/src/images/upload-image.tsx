import { Progress } from "@patternfly/react-core";
import { useState } from "react";
import { ChoiceField, FileField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useServer } from "../server/server.tsx";
import { formatBytes } from "../server/units.ts";
import { upload } from "../server/upload.ts";

export function UploadImage({ onClose }: { readonly onClose: () => void }) {
  const server = useServer();
  const [file, setFile] = useState<File>();
  const [root, setRoot] = useState<File>();
  const [type, setType] = useState("container");
  const [alias, setAlias] = useState("");
  const [sent, setSent] = useState<number>();
  const size = (file?.size ?? 0) + (root?.size ?? 0);
  const submit = async () => {
    if (!file) return;
    const headers = { ...(alias && { "x-lxd-aliases": new URLSearchParams({ alias }).toString() }) };
    try {
      return await upload(server, {
        ...(root
          ? { body: parts(file, root, type), headers }
          : { body: file, headers: { ...headers, "x-lxd-filename": encodeURIComponent(file.name) } }),
        ...{ path: "/1.0/images", onProgress: setSent },
      });
    } finally {
      setSent(undefined);
    }
  };
  return (
    <FormDialog
      title={`Upload ${alias || file?.name || "an image"}`}
      heading="Upload an image"
      verb="Upload"
      isReady={file !== undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <FileField
        label="Image"
        isRequired
        hint="An image archive of LXD, Incus or Lodge, or a disk: raw, qcow2, VMDK, VDI or VHDX. Of an image in two files, the metadata."
        onChange={setFile}
      />
      <FileField
        label="Its second file"
        hint="The root file system or the disk, where metadata come apart."
        onChange={setRoot}
      />
      {root && (
        <ChoiceField
          label="It is for"
          value={type}
          options={[
            ["container", "Containers"],
            ["virtual-machine", "Virtual machines"],
          ]}
          onChange={setType}
        />
      )}
      <TextField label="Name" value={alias} onChange={setAlias} placeholder="mine/1" />
      {sent !== undefined && (
        <Progress
          title="Sent"
          value={(sent / Math.max(1, size)) * 100}
          label={`${formatBytes(sent)} of ${formatBytes(size)}`}
        />
      )}
    </FormDialog>
  );
}

function parts(metadata: File, root: File, type: string): FormData {
  const form = new FormData();
  form.append("metadata", metadata);
  form.append(type === "virtual-machine" ? "rootfs.img" : "rootfs", root);
  return form;
}
