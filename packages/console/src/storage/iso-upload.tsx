import { Progress } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ChoiceField, FileField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { usePools } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatBytes } from "../server/units.ts";
import { upload } from "../server/upload.ts";

interface IsoUploadProps {
  /** Missing: it is asked for. */
  readonly pool?: string;
  readonly onClose: () => void;
  readonly onUploaded?: (volume: { readonly pool: string; readonly name: string }) => void;
}

export function IsoUpload({ pool: fixed, onClose, onUploaded }: IsoUploadProps) {
  const server = useServer();
  const cache = useQueryClient();
  const pools = (usePools().data ?? []).filter(({ status }) => status === "Created").map(({ name }) => name);
  const [file, setFile] = useState<File>();
  const [name, setName] = useState("");
  const [chosenPool, setPool] = useState("");
  const [sent, setSent] = useState<number>();
  const pool = fixed ?? (chosenPool || pools[0] || "");
  const submit = async () => {
    if (!file) return;
    try {
      const path = `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom`;
      const headers = { "x-lxd-name": name, "x-lxd-type": "iso" };
      await (await upload(server, { path, headers, body: file, onProgress: setSent })).wait();
      await cache.invalidateQueries({ queryKey: ["storage-pools"] });
      onUploaded?.({ pool, name });
    } finally {
      setSent(undefined);
    }
  };
  return (
    <FormDialog
      title={`Upload ${name}`}
      heading="Upload an ISO"
      verb="Upload"
      isReady={file !== undefined && name !== "" && pool !== ""}
      onSubmit={submit}
      onClose={onClose}
    >
      <FileField
        label="File"
        accept=".iso,application/x-iso9660-image"
        isRequired
        onChange={(next) => {
          setFile(next);
          if (next) setName(next.name.replace(/\.iso$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-"));
        }}
      />
      <TextField label="Name" value={name} onChange={setName} isRequired hint="Of the volume that it becomes." />
      {!fixed && <ChoiceField label="Pool" value={pool} options={pools} onChange={setPool} />}
      {sent !== undefined && file && (
        <Progress
          title="Sent"
          value={(sent / Math.max(1, file.size)) * 100}
          label={`${formatBytes(sent)} of ${formatBytes(file.size)}`}
        />
      )}
    </FormDialog>
  );
}
