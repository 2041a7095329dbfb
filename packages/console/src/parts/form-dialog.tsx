import type { RunningOperation } from "@lodge/sdk/browser";
import { Alert, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { messageOf, useActions } from "../server/actions.tsx";

interface FormDialogProps {
  /** What is done, as its progress is titled: "Create network lab". */
  readonly title: string;
  /** The heading, where it is not the title. */
  readonly heading?: string;
  readonly verb: string;
  /** Beneath the heading. */
  readonly description?: string;
  readonly isReady?: boolean;
  readonly isWide?: boolean;
  readonly isDanger?: boolean;
  /** What is refused at once stays in the form; what goes wrong later is the operation's to tell. */
  readonly onSubmit: () => Promise<RunningOperation | void>;
  readonly onClose: () => void;
  /** After it was done, or has begun. */
  readonly onDone?: () => void;
  readonly children: ReactNode;
}

/** Asks for what an action needs. It stays, with what was written, until the server has taken it. */
export function FormDialog(props: FormDialogProps) {
  const { title, heading = title, verb, description, isReady = true, isWide = false, isDanger = false } = props;
  const { onSubmit, onClose, onDone, children } = props;
  const { run } = useActions();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const form = useId();
  const refusal = useRef<HTMLDivElement>(null);
  // A long form scrolls: what is wrong must not stand where nobody looks.
  useEffect(() => {
    if (problem !== undefined) refusal.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);
  const submit = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const operation = await onSubmit();
      onClose();
      void run(title, () => Promise.resolve(operation));
      onDone?.();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant={isWide ? "large" : "medium"} onClose={onClose} aria-label={heading}>
      <ModalHeader title={heading} {...(description && { description })} />
      <ModalBody>
        <Form
          id={form}
          onSubmit={(event) => {
            event.preventDefault();
            if (isReady && !busy) void submit();
          }}
        >
          {children}
          {problem !== undefined && (
            <div ref={refusal}>
              <Alert variant="danger" isInline isLiveRegion title="The server refused it">
                {problem}
              </Alert>
            </div>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={form}
          variant={isDanger ? "danger" : "primary"}
          isDisabled={!isReady || busy}
          isLoading={busy}
        >
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
