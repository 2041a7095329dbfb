import type { InstanceType } from "@lodge/api";
import { deviceTypes, findDeviceType } from "@lodge/api/devices";
import { useState } from "react";
import { ChoiceField, TextField } from "../../parts/fields.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { DocWords } from "../../settings/doc-words.tsx";
import { SettingField } from "../../settings/setting-field.tsx";
import { type Edits, problemsOf, realEdits, settingsOf, withEdits } from "../../settings/settings.ts";
import { useOffered } from "./offered.ts";

/** A device to be added, or one that is there; `from`: whose it is. */
export interface DeviceDraft {
  readonly name?: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly from?: string;
}

interface DeviceFormProps {
  readonly draft: DeviceDraft;
  readonly type: InstanceType;
  readonly taken: ReadonlySet<string>;
  /** Throws what is wrong. */
  readonly onSave: (name: string, settings: Record<string, string>) => Promise<void>;
  readonly onClose: () => void;
}

/** A device with a field for every key of its type. */
export function DeviceForm({ draft, type: instanceType, taken, onSave, onClose }: DeviceFormProps) {
  const types = deviceTypes.filter((each) => each.types.includes(instanceType));
  const [name, setName] = useState(draft.name ?? "");
  const [typed, setTyped] = useState(draft.settings["type"] ?? "disk");
  const [edited, setEdited] = useState<Edits>({});
  const isNew = draft.name === undefined;
  const known = findDeviceType(typed);
  const offered = useOffered(typed);
  const { type: _type, ...own } = typed === draft.settings["type"] ? draft.settings : { type: typed };
  const keys = (known?.keys ?? []).filter(({ types: only }) => !only || only.includes(instanceType));
  const table = keys.map((key) => {
    const choices = offered[key.key];
    return choices ? { ...key, check: Object.assign((value: string) => key.check(value), { choices }) } : key;
  });
  const settings = settingsOf(table, own, []);
  const edits = realEdits(own, edited);
  const problems = problemsOf(settings, edits);
  const nameTaken = isNew && taken.has(name);
  const verb = isNew ? "Add" : draft.from === "instance" ? "Edit" : "Override";

  return (
    <FormDialog
      title={`${verb} device ${name}`}
      heading={isNew ? "Add a device" : `${verb} ${name}`}
      verb={isNew ? "Add" : "Save"}
      isReady={name !== "" && !nameTaken && problems.size === 0}
      onSubmit={() => onSave(name, { type: typed, ...withEdits(own, edits) })}
      onClose={onClose}
    >
      {isNew && (
        <div className="lodge-side-by-side">
          <ChoiceField label="Type" value={typed} options={types.map(({ type }) => type)} onChange={setTyped} />
          <TextField
            label="Name of the device"
            value={name}
            isRequired
            autoFocus
            placeholder={placeholders[typed] ?? typed}
            error={nameTaken ? "It has a device of that name." : undefined}
            onChange={setName}
          />
        </div>
      )}
      {known && (
        <p className="lodge-hint">
          <DocWords text={known.doc} />
        </p>
      )}
      <div className="lodge-settings">
        {settings.map((setting) => (
          <SettingField
            key={`${typed} ${setting.key}`}
            setting={setting}
            edited={edits[setting.key]}
            problem={problems.get(setting.key)}
            isReadOnly={false}
            onChange={(text) => setEdited((before) => ({ ...before, [setting.key]: text }))}
          />
        ))}
      </div>
    </FormDialog>
  );
}

const placeholders: Readonly<Record<string, string>> = { nic: "eth1", disk: "data", proxy: "http", tpm: "tpm" };
