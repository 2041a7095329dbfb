import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { ReactNode } from "react";

interface ConfirmProps {
  readonly title: string;
  /** What is lost. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly verb: string;
  /** Nothing is lost by it. */
  readonly isHarmless?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something is lost that cannot be had back. */
export function Confirm({ title, children, verb, isHarmless = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} {...(!isHarmless && { titleIconVariant: "warning" })} />
      <ModalBody>{children}</ModalBody>
      <ModalFooter>
        <Button
          variant={isHarmless ? "primary" : "danger"}
          onClick={() => {
            onClose();
            onConfirm();
          }}
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
