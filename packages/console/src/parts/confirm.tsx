import { Button, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";

interface ConfirmProps {
  readonly title: string;
  /** What is lost. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly verb: string;
  /** Nothing is lost by it. */
  readonly isHarmless?: boolean;
  /** What must be typed first, because something is lost for ever. */
  readonly confirmWith?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something is lost that cannot be had back. */
export function Confirm({ title, children, verb, isHarmless = false, confirmWith, onConfirm, onClose }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const isReady = confirmWith === undefined || typed === confirmWith;
  const confirm = () => {
    onClose();
    onConfirm();
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} {...(!isHarmless && { titleIconVariant: "warning" })} />
      <ModalBody>
        {children}
        {confirmWith !== undefined && (
          <TextInput
            className="lodge-confirm"
            aria-label={`Type ${confirmWith} to confirm`}
            placeholder={`Type ${confirmWith} to confirm`}
            value={typed}
            autoComplete="off"
            autoFocus
            onChange={(_event, value) => setTyped(value)}
            onKeyDown={({ key }) => {
              if (key === "Enter" && isReady) confirm();
            }}
          />
        )}
      </ModalBody>
      <ModalFooter>
        <Button variant={isHarmless ? "primary" : "danger"} isDisabled={!isReady} onClick={confirm}>
          {verb}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
