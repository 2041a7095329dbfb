import type { Config } from "@lodge/api";
import { SearchInput } from "@patternfly/react-core";
import { useState } from "react";
import { DocWords } from "../settings/doc-words.tsx";
import type { KeyOfTable } from "../settings/settings.ts";
import { ChoiceField, TextField } from "./fields.tsx";

interface ConfigFieldsProps {
  readonly keys: readonly KeyOfTable[];
  readonly config: Config;
  readonly onChange: (config: Config) => void;
}

/** Below that number there is nothing to search for. */
const few = 6;

/** A field for each key, checked as the server checks it. Empty: as it is where nobody says anything. */
export function ConfigFields({ keys, config, onChange }: ConfigFieldsProps) {
  const [search, setSearch] = useState("");
  // Keys that end in a star are any: they are for the command line and YAML.
  const named = keys.filter(({ key }) => !key.endsWith("*"));
  const shown = named.filter(({ key, doc }) => `${key} ${doc}`.toLowerCase().includes(search.toLowerCase()));
  const set = (key: string, value: string) => {
    const { [key]: _before, ...others } = config;
    onChange(value === "" ? others : { ...others, [key]: value });
  };
  return (
    <>
      {named.length > few && (
        <SearchInput
          aria-label="Search settings"
          placeholder="Search settings"
          value={search}
          onChange={(_event, value) => setSearch(value)}
          onClear={() => setSearch("")}
        />
      )}
      {shown.map((entry) => (
        <KeyField key={entry.key} entry={entry} value={config[entry.key] ?? ""} onChange={(v) => set(entry.key, v)} />
      ))}
      {shown.length === 0 && <p className="lodge-hint">No setting is called that.</p>}
    </>
  );
}

interface KeyFieldProps {
  readonly entry: KeyOfTable;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function KeyField({ entry: { key, doc, default: usual, check }, value, onChange }: KeyFieldProps) {
  const { choices } = check;
  const hint = <DocWords text={doc} />;
  if (choices) {
    const options = [["", usual ? `As usual: ${usual}` : "Not set"] as const, ...choices];
    return <ChoiceField label={key} hint={hint} value={value} options={options} onChange={onChange} />;
  }
  const problem = value === "" ? undefined : check(value);
  return (
    <TextField
      label={key}
      hint={hint}
      value={value}
      {...(usual && { placeholder: usual })}
      error={problem && `It ${problem}.`}
      onChange={onChange}
    />
  );
}

/** Whether the server would take all of it, as far as the tables say. */
export const allFit = (keys: readonly KeyOfTable[], config: Config): boolean =>
  keys.every(({ key, check }) => !config[key] || check(config[key]) === undefined);
