import type { Config } from "@lodge/api";
import type { RunningOperation } from "@lodge/sdk/browser";
import { useState } from "react";
import type { KeyOfTable } from "../settings/settings.ts";
import { allFit, ConfigFields } from "./config-fields.tsx";
import { TextField } from "./fields.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { useTag } from "./use-tag.ts";

interface Settings {
  readonly description: string;
  readonly config: Config;
}

interface SettingsDialogProps {
  /** "network lab" */
  readonly what: string;
  readonly keys: readonly KeyOfTable[];
  readonly current: Settings;
  readonly read: () => Promise<{ readonly etag: string }>;
  /** `tag`: of what was there when the dialog was opened. */
  readonly onSave: (settings: Settings, tag: string) => Promise<RunningOperation | void>;
  readonly onClose: () => void;
}

/** Changes the description and the configuration of what has both. */
export function SettingsDialog({ what, keys, current, read, onSave, onClose }: SettingsDialogProps) {
  const [description, setDescription] = useState(current.description);
  const [config, setConfig] = useState(current.config);
  const tag = useTag(read);
  return (
    <FormDialog
      title={`Change ${what}`}
      heading={`Settings of ${what}`}
      verb="Save"
      isReady={allFit(keys, config)}
      onSubmit={async () => onSave({ description, config }, await tag)}
      onClose={onClose}
    >
      <TextField label="Description" value={description} onChange={setDescription} />
      <ConfigFields keys={keys} config={config} onChange={setConfig} />
    </FormDialog>
  );
}
