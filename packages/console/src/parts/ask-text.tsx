import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";

interface AskTextProps {
  readonly title: string;
  readonly label: string;
  readonly initial?: string;
  readonly placeholder?: string;
  /** The verb on the button. */
  readonly verb: string;
  /** What is wrong with a text; undefined: nothing. */
  readonly problem?: (text: string) => string | undefined;
  readonly mayBeEmpty?: boolean;
  /** More of the form. */
  readonly children?: ReactNode;
  readonly onAnswer: (text: string) => void;
  readonly onClose: () => void;
}

/** Asks for a name, with more fields beside it where there are any. */
export function AskText(props: AskTextProps) {
  const {
    title,
    label,
    initial = "",
    placeholder,
    verb,
    problem,
    mayBeEmpty = false,
    children,
    onAnswer,
    onClose,
  } = props;
  const [text, setText] = useState(initial);
  const wrong = text === "" ? undefined : problem?.(text);
  const ready = !wrong && (mayBeEmpty || text !== "") && (text === "" || text !== initial || children !== undefined);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="ask-text"
          onSubmit={(event) => {
            event.preventDefault();
            if (!ready) return;
            onClose();
            onAnswer(text);
          }}
        >
          <FormGroup label={label} fieldId="asked-text">
            <TextInput
              id="asked-text"
              autoFocus
              value={text}
              {...(placeholder !== undefined && { placeholder })}
              validated={wrong ? "error" : "default"}
              onChange={(_event, value) => setText(value)}
            />
            {wrong && (
              <FormHelperText>
                <HelperText>
                  <HelperTextItem variant="error">{wrong}</HelperTextItem>
                </HelperText>
              </FormHelperText>
            )}
          </FormGroup>
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="ask-text" isDisabled={!ready}>
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
