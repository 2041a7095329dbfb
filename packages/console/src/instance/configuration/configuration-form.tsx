import type { InstanceFull } from "@lodge/api";
import { type ConfigKey, instanceConfigKeys } from "@lodge/api/config-keys";
import { Alert, Button, Checkbox, Form, FormSection, SearchInput } from "@patternfly/react-core";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { Nothing } from "../../parts/page.tsx";
import { useProfiles } from "../../server/queries.ts";
import { useMay } from "../../server/user.ts";
import { SettingField } from "../../settings/setting-field.tsx";
import {
  defaultFor,
  type Edits,
  groupsOf,
  isSet,
  isWanted,
  type Layer,
  problemsOf,
  realEdits,
  type Setting,
  settingsOf,
  withEdits,
} from "../../settings/settings.ts";
import { EffectiveLimits } from "./effective-limits.tsx";
import { type Editable, useSave } from "./use-editable.ts";

interface ConfigurationFormProps {
  readonly instance: InstanceFull;
  readonly editable: Editable;
}

/** A field for every key that there is for instances of its type. What was typed stays typed, whatever others do. */
export function ConfigurationForm({ instance, editable: { value, etag } }: ConfigurationFormProps) {
  const may = useMay();
  const save = useSave(instance.name);
  const profiles = useProfiles().data ?? [];
  const [typed, setTyped] = useState<Edits>({});
  const [words, setWords] = useState("");
  const [all, setAll] = useState(false);
  const [adding, setAdding] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const table = instanceConfigKeys
    .filter(({ types, volatile }) => types.includes(instance.type) && !volatile)
    .map((key) => ({ ...key, default: defaultFor(key.default, instance.type) }));
  const layers = instance.profiles.flatMap((name): Layer[] => {
    const profile = profiles.find((each) => each.name === name);
    return profile ? [{ name: `profile ${name}`, values: profile.config }] : [];
  });
  const settings = settingsOf(table, value.config, layers, typed);
  const edits = realEdits(value.config, typed);
  const problems = problemsOf(settings, edits);
  const changes = Object.keys(edits).length;
  const isShown = (setting: Setting) =>
    words === "" ? all || isOfInterest(setting) || setting.key in typed : isWanted(setting, words);
  const groups = groupsOf(settings.filter(isShown));

  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    const saved = await save({ ...value, config: withEdits(value.config, edits) }, etag);
    setBusy(false);
    if (saved === "saved") setTyped({});
    else if (saved === "conflict") {
      setProblem(
        "Somebody else has just changed it. The form shows that now, with your changes upon it: look, and save again.",
      );
    } else setProblem(saved.message);
  };
  const type = (key: string, text: string) => setTyped((before) => ({ ...before, [key]: text }));

  return (
    <>
      <div className="lodge-toolbar lodge-files-toolbar">
        <SearchInput
          aria-label="Search settings"
          placeholder="Search settings"
          value={words}
          onChange={(_event, text) => setWords(text)}
          onClear={() => setWords("")}
        />
        <Checkbox
          id="all-settings"
          label={`All that there are (${settings.length})`}
          isChecked={all}
          onChange={(_event, checked) => setAll(checked)}
        />
        {may("manage") && (
          <Button variant="link" isInline onClick={() => setAdding(true)}>
            Add a variable or a note
          </Button>
        )}
      </div>
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="It is not saved; nothing is lost">
          {problem}
        </Alert>
      )}
      {groups.length === 0 && (
        <Nothing title="No setting is called that">Search for a part of its name or of what it does.</Nothing>
      )}
      <Form
        id="configuration"
        className="lodge-settings"
        onSubmit={(event) => {
          event.preventDefault();
          if (changes > 0 && problems.size === 0) void submit();
        }}
      >
        {groups.map((group) => (
          <FormSection key={group.title} title={group.title} titleElement="h2">
            {group.title === "Limits" && <EffectiveLimits instance={instance} />}
            {group.settings.map((setting) => (
              <SettingField
                key={setting.key}
                setting={setting}
                edited={edits[setting.key]}
                problem={problems.get(setting.key)}
                note={noteOf(setting, instance)}
                isReadOnly={!may("manage")}
                onChange={(text) => type(setting.key, text)}
              />
            ))}
          </FormSection>
        ))}
      </Form>
      {changes > 0 && (
        <div className="lodge-save-bar" role="region" aria-label="Changes">
          <Button type="submit" form="configuration" isDisabled={problems.size > 0 || busy} isLoading={busy}>
            Save {changes === 1 ? "the change" : `${changes} changes`}
          </Button>
          <Button variant="link" onClick={() => setTyped({})}>
            Undo
          </Button>
          <span className="lodge-hint">{Object.keys(edits).join(", ")}</span>
        </div>
      )}
      {adding && (
        <AskText
          title="Add a variable or a note"
          label="Key"
          initial="environment."
          verb="Add"
          problem={(key) =>
            /^(environment|user)\..+/.test(key) ? undefined : "It begins with environment. or user., and has a name."
          }
          onClose={() => setAdding(false)}
          onAnswer={(key) => type(key, "")}
        />
      )}
    </>
  );
}

const always = new Set(["limits.cpu", "limits.memory"]);

/** What is set, and what most people come for; what the image said of itself is not. */
const isOfInterest = (setting: Setting): boolean =>
  always.has(setting.key) || (isSet(setting) && !setting.key.startsWith("image."));

/** When a change counts. */
function noteOf({ table: { live } }: Setting<ConfigKey>, { type, status }: InstanceFull): string | undefined {
  if (status === "Stopped" || live === true || live === type) return undefined;
  return "A change counts from the next start on.";
}
