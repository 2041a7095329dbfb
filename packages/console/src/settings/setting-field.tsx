import {
  Button,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Label,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { DocWords } from "./doc-words.tsx";
import type { Setting } from "./settings.ts";

interface SettingFieldProps {
  readonly setting: Setting;
  /** What was typed; undefined: nothing. */
  readonly edited: string | undefined;
  readonly problem: string | undefined;
  /** Said beside it. */
  readonly note?: string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (value: string) => void;
}

/** A key: what it is set to, where that comes from, and what can be typed. */
export function SettingField({ setting, edited, problem, note, isReadOnly, onChange }: SettingFieldProps) {
  const { key, table, value = "", inherited } = setting;
  const [whole, setWhole] = useState(false);
  const shown = edited ?? value;
  const [first, rest] = splitDoc(table.doc);
  return (
    <FormGroup label={<code>{key}</code>} fieldId={key} className="lodge-setting" data-changed={edited !== undefined}>
      <div className="lodge-setting-value">
        <Input {...{ setting, shown, problem, isReadOnly, onChange }} />
        {shown !== "" && !isReadOnly && (
          <Button variant="link" isInline onClick={() => onChange("")}>
            Unset<span className="lodge-unseen"> {key}</span>
          </Button>
        )}
        {shown === "" && inherited && (
          <Label isCompact color="blue">
            from {inherited.from}
          </Label>
        )}
        {shown !== "" && inherited && <span className="lodge-hint">instead of {inherited.value}</span>}
      </div>
      <FormHelperText>
        <HelperText>
          {problem && <HelperTextItem variant="error">It {problem}.</HelperTextItem>}
          <HelperTextItem>
            <DocWords text={first} />
            {rest && !whole && (
              <Button variant="link" isInline onClick={() => setWhole(true)}>
                more<span className="lodge-unseen"> about {key}</span>
              </Button>
            )}
            {rest && whole && <DocWords text={rest} />}
            {note && <em> {note}</em>}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

type InputProps = Pick<SettingFieldProps, "setting" | "problem" | "isReadOnly" | "onChange"> & {
  readonly shown: string;
};

function Input({ setting: { key, table, inherited }, shown, problem, isReadOnly, onChange }: InputProps) {
  const without = inherited?.value ?? table.default;
  const { choices } = table.check;
  const state = { id: key, value: shown, validated: problem ? "error" : "default" } as const;
  if (choices && (shown === "" || choices.includes(shown))) {
    return (
      <FormSelect {...state} isDisabled={isReadOnly} onChange={(_event, value) => onChange(value)}>
        <FormSelectOption value="" label={without === "" ? "not set" : `not set: ${without}`} />
        {choices.map((choice) => (
          <FormSelectOption key={choice} value={choice} label={choice} />
        ))}
      </FormSelect>
    );
  }
  if (shown.includes("\n") || manyLines.test(key)) {
    return (
      <TextArea
        {...state}
        className="lodge-setting-text"
        placeholder={without}
        rows={Math.min(16, Math.max(3, shown.split("\n").length + 1))}
        spellCheck={false}
        resizeOrientation="vertical"
        {...(isReadOnly && { readOnlyVariant: "default" })}
        onChange={(_event, value) => onChange(value)}
      />
    );
  }
  return (
    <TextInput
      {...state}
      placeholder={without}
      {...(isReadOnly && { readOnlyVariant: "default" })}
      onChange={(_event, value) => onChange(value)}
    />
  );
}

const manyLines = /^cloud-init\.(user|vendor)-data|^raw\./;

/** The first sentence, and what follows. */
function splitDoc(doc: string): [first: string, rest: string] {
  const end = /[.:] (?=[A-Z`])/.exec(doc);
  return end && doc.length > 110 ? [doc.slice(0, end.index + 2), doc.slice(end.index + 2)] : [doc, ""];
}
