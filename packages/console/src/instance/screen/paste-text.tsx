import { type KeyboardLayout, keyboardLayouts } from "@lodge/api/keyboard";
import {
  Button,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
} from "@patternfly/react-core";
import { useState } from "react";

const kept = "lodge-console.layout";

const words: Readonly<Record<KeyboardLayout, string>> = {
  ...{ us: "English (US)", uk: "English (UK)", de: "German", fr: "French", es: "Spanish", it: "Italian" },
  dvorak: "Dvorak",
};

interface PasteTextProps {
  readonly onPaste: (text: string, layout: KeyboardLayout) => void;
  readonly onClose: () => void;
}

/** Has a text typed, key by key: that works in every guest, from its firmware on. */
export function PasteText({ onPaste, onClose }: PasteTextProps) {
  const [text, setText] = useState("");
  const [layout, setLayout] = useState<KeyboardLayout>(
    () => keyboardLayouts.find((each) => each === localStorage.getItem(kept)) ?? "us",
  );
  return (
    <Modal isOpen variant="small" aria-label="Paste text" onClose={onClose}>
      <ModalHeader title="Paste text" description="It is typed on the machine's keyboard, key by key." />
      <ModalBody>
        <Form
          id="paste"
          onSubmit={(event) => {
            event.preventDefault();
            localStorage.setItem(kept, layout);
            onClose();
            onPaste(text, layout);
          }}
        >
          <FormGroup label="Text" fieldId="pasted">
            <TextArea id="pasted" autoFocus rows={4} value={text} onChange={(_event, value) => setText(value)} />
          </FormGroup>
          <FormGroup label="Keyboard layout in the machine" fieldId="layout">
            <FormSelect
              id="layout"
              value={layout}
              onChange={(_event, value) => setLayout(keyboardLayouts.find((each) => each === value) ?? "us")}
            >
              {keyboardLayouts.map((each) => (
                <FormSelectOption key={each} value={each} label={words[each]} />
              ))}
            </FormSelect>
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="paste" isDisabled={text === ""}>
          Type it
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
