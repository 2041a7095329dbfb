import { type KeyboardLayout, keyboardLayouts } from "@lodge/api/keyboard";
import type { RunningOperation } from "@lodge/sdk/browser";
import { useState } from "react";
import { ChoiceField, LongTextField } from "../../parts/fields.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";

const kept = "lodge-console.layout";

const words: Readonly<Record<KeyboardLayout, string>> = {
  ...{ us: "English (US)", uk: "English (UK)", de: "German", fr: "French", es: "Spanish", it: "Italian" },
  dvorak: "Dvorak",
};

interface PasteTextProps {
  readonly onPaste: (text: string, layout: KeyboardLayout) => Promise<RunningOperation>;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Has a text typed, key by key: that works in every guest, from its firmware on. */
export function PasteText({ onPaste, onClose, onDone }: PasteTextProps) {
  const [text, setText] = useState("");
  const [layout, setLayout] = useState<KeyboardLayout>(
    () => keyboardLayouts.find((each) => each === localStorage.getItem(kept)) ?? "us",
  );
  return (
    <FormDialog
      title="Type a text"
      heading="Paste text"
      description="It is typed on the machine's keyboard, key by key."
      verb="Type it"
      isReady={text !== ""}
      onSubmit={() => {
        localStorage.setItem(kept, layout);
        return onPaste(text, layout);
      }}
      onClose={onClose}
      onDone={onDone}
    >
      <LongTextField label="Text" autoFocus rows={4} value={text} onChange={setText} />
      <ChoiceField
        label="Keyboard layout in the machine"
        value={layout}
        options={keyboardLayouts.map((each): [string, string] => [each, words[each]])}
        onChange={(next) => setLayout(keyboardLayouts.find((each) => each === next) ?? "us")}
      />
    </FormDialog>
  );
}
