import type { Instance } from "@lodge/api";
import { Alert, Button, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { parse, stringify } from "yaml";
import { ChangedMeanwhile } from "../../parts/changed-meanwhile.tsx";
import { messageOf } from "../../server/actions.tsx";
import { useMay } from "../../server/user.ts";
import { type Editable, useSave } from "./use-editable.ts";

interface ConfigurationYamlProps {
  readonly name: string;
  readonly editable: Editable;
}

/** The editable part as YAML, as `lodge config edit` shows it. A text that was begun stays, whatever others do. */
export function ConfigurationYaml({ name, editable: { value, etag } }: ConfigurationYamlProps) {
  const save = useSave(name);
  const may = useMay();
  const now = textOf(value);
  /** What was typed, and of what it was made. */
  const [typed, setTyped] = useState<{ readonly text: string; readonly of: string; readonly etag: string }>();
  const [problem, setProblem] = useState<string>();
  const [conflict, setConflict] = useState(false);
  const text = typed?.text ?? now;
  const submit = async (tag: string | undefined) => {
    setProblem(undefined);
    setConflict(false);
    try {
      const saved = await save(parse(text) as Partial<Instance>, tag);
      if (saved === "saved") setTyped(undefined);
      else if (saved === "conflict") setConflict(true);
      else setProblem(saved.message);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <div className="lodge-editor">
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="Nothing has changed">
          {problem}
        </Alert>
      )}
      {(conflict || (typed && typed.of !== now)) && (
        <ChangedMeanwhile
          actions={
            <>
              <Button variant="link" isInline onClick={() => void submit(undefined)}>
                Save yours over it
              </Button>
              <Button
                variant="link"
                isInline
                onClick={() => {
                  setConflict(false);
                  setTyped(undefined);
                }}
              >
                Show theirs, give up yours
              </Button>
            </>
          }
        >
          Your text is kept.
        </ChangedMeanwhile>
      )}
      <TextArea
        aria-label="Configuration as YAML"
        className="lodge-yaml"
        value={text}
        spellCheck={false}
        resizeOrientation="vertical"
        {...(!may("manage") && { readOnlyVariant: "default" })}
        onChange={(_event, changed) => setTyped((before) => ({ of: now, etag, ...before, text: changed }))}
      />
      {may("manage") && (
        <div className="lodge-actions">
          <Button isDisabled={text === now} onClick={() => void submit(typed?.etag)}>
            Save
          </Button>
          {text !== now && (
            <Button variant="link" onClick={() => setTyped(undefined)}>
              Undo changes
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function textOf({ description, config, devices, profiles, ephemeral }: Instance): string {
  return stringify({ description, config, devices, profiles, ephemeral }, { lineWidth: 0 });
}
