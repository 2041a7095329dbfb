import { useEffect, useState } from "react";
import { parse, stringify } from "yaml";
import { messageOf } from "../server/actions.tsx";
import { LongTextField } from "./fields.tsx";
import { FormDialog } from "./form-dialog.tsx";

export interface Tagged {
  readonly value: object;
  readonly etag: string;
}

interface YamlDialogProps {
  /** "Edit profile web". */
  readonly title: string;
  readonly hint?: string | undefined;
  /** The part that can be changed, and the tag of what it was read from. */
  readonly load: () => Promise<Tagged>;
  readonly save: (value: object, etag: string) => Promise<void>;
  readonly onClose: () => void;
}

/** What is written is checked by the server; what somebody else has changed meanwhile is not overwritten. */
export default function YamlDialog({ title, hint, load, save, onClose }: YamlDialogProps) {
  const [text, setText] = useState<string>();
  const [etag, setEtag] = useState("");
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    load().then(
      (tagged) => {
        setText(stringify(tagged.value));
        setEtag(tagged.etag);
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
    // Once: what is written must not be replaced.
  }, []);
  return (
    <FormDialog
      title={title}
      verb="Save"
      isWide
      isReady={text !== undefined}
      onClose={onClose}
      onSubmit={() => save(parsed(text ?? ""), etag)}
    >
      <LongTextField
        label="YAML"
        {...(hint && { hint })}
        rows={22}
        value={text ?? ""}
        error={problem}
        onChange={(next) => {
          setText(next);
          setProblem(undefined);
        }}
      />
    </FormDialog>
  );
}

function parsed(text: string): object {
  const value: unknown = parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error("This is no record of keys and values.");
  }
  return value;
}
