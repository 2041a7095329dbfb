import type { InstanceType } from "@lodge/api";
import { deviceTypes, findDeviceType } from "@lodge/api/devices";
import {
  Alert,
  Button,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
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
  /** Resolves with what is wrong; undefined: it is done. */
  readonly onSave: (name: string, settings: Record<string, string>) => Promise<string | undefined>;
  readonly onClose: () => void;
}

/** A device with a field for every key of its type. */
export function DeviceForm({ draft, type: instanceType, taken, onSave, onClose }: DeviceFormProps) {
  const types = deviceTypes.filter((each) => each.types.includes(instanceType));
  const [name, setName] = useState(draft.name ?? "");
  const [typed, setTyped] = useState(draft.settings["type"] ?? "disk");
  const [edited, setEdited] = useState<Edits>({});
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
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
  const title = isNew ? "Add a device" : `${draft.from === "instance" ? "Edit" : "Override"} ${draft.name}`;

  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    const refused = await onSave(name, { type: typed, ...withEdits(own, edits) });
    setBusy(false);
    if (refused === undefined) onClose();
    else setProblem(refused);
  };
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="device"
          className="lodge-settings"
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          {isNew && (
            <div className="lodge-side-by-side">
              <FormGroup label="Type" fieldId="device-type">
                <FormSelect id="device-type" value={typed} onChange={(_event, value) => setTyped(value)}>
                  {types.map((each) => (
                    <FormSelectOption key={each.type} value={each.type} label={each.type} />
                  ))}
                </FormSelect>
              </FormGroup>
              <FormGroup label="Name of the device" fieldId="device-name" isRequired>
                <TextInput
                  id="device-name"
                  value={name}
                  autoFocus
                  placeholder={placeholders[typed] ?? typed}
                  validated={nameTaken ? "error" : "default"}
                  onChange={(_event, value) => setName(value)}
                />
                {nameTaken && (
                  <FormHelperText>
                    <HelperText>
                      <HelperTextItem variant="error">It has a device of that name.</HelperTextItem>
                    </HelperText>
                  </FormHelperText>
                )}
              </FormGroup>
            </div>
          )}
          {known && (
            <p className="lodge-hint">
              <DocWords text={known.doc} />
            </p>
          )}
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
          {problem && (
            <Alert variant="danger" isInline isLiveRegion title="Nothing has changed">
              {problem}
            </Alert>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form="device"
          isDisabled={busy || name === "" || nameTaken || problems.size > 0}
          isLoading={busy}
        >
          {isNew ? "Add" : "Save"}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

const placeholders: Readonly<Record<string, string>> = { nic: "eth1", disk: "data", proxy: "http", tpm: "tpm" };
