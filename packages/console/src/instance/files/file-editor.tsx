import type { FileEntry } from "@lodge/api";
import type { PageFiles } from "@lodge/sdk/browser";
import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { messageOf } from "../../server/actions.tsx";
import { nameOf, parentOf } from "./paths.ts";

/** Bytes of a text that is edited here. */
export const longestText = 512 * 1024;

export interface OpenText {
  readonly path: string;
  readonly text: string;
  /** Of the file when it was read; undefined: it is new. */
  readonly modified: string | undefined;
}

interface FileEditorProps {
  readonly files: PageFiles;
  readonly opened: OpenText;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

/** A small text of the instance's. What somebody else wrote meanwhile is not overwritten unasked. */
export function FileEditor({ files, opened: { path, text, modified }, onSaved, onClose }: FileEditorProps) {
  const [edited, setEdited] = useState(text);
  const [problem, setProblem] = useState<string>();
  const [changed, setChanged] = useState(false);
  const [busy, setBusy] = useState(false);
  const save = async (anyway: boolean) => {
    setBusy(true);
    setProblem(undefined);
    setChanged(false);
    try {
      if (!anyway && (await modifiedNow(files, path)) !== modified) return setChanged(true);
      await files.write(path, new Blob([edited]));
      onSaved();
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant="large" aria-label={`Edit ${path}`} onClose={edited === text ? onClose : () => undefined}>
      <ModalHeader title={path} />
      <ModalBody>
        <div className="lodge-editor">
          {problem && (
            <Alert variant="danger" isInline isLiveRegion title="It is not saved">
              {problem}
            </Alert>
          )}
          {changed && (
            <Alert
              variant="warning"
              isInline
              isLiveRegion
              title="The file has changed in the instance since you opened it"
              actionLinks={
                <Button variant="link" isInline onClick={() => void save(true)}>
                  Replace it with what is here
                </Button>
              }
            />
          )}
          <TextArea
            aria-label={`Content of ${path}`}
            className="lodge-yaml"
            value={edited}
            autoFocus
            spellCheck={false}
            resizeOrientation="vertical"
            onChange={(_event, value) => setEdited(value)}
          />
        </div>
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={busy || (edited === text && modified !== undefined)} onClick={() => void save(false)}>
          Save
        </Button>
        <Button variant="link" onClick={onClose}>
          {edited === text ? "Close" : "Give up changes"}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** When it was changed; undefined: it is not there. */
export async function modifiedNow(files: PageFiles, path: string): Promise<FileEntry["modified_at"] | undefined> {
  return (await files.entries(parentOf(path))).find(({ name }) => name === nameOf(path))?.modified_at;
}

/** The text of a file; undefined: it is none, or too long to be edited here. */
export async function textOf(content: Blob): Promise<string | undefined> {
  if (content.size > longestText) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await content.arrayBuffer());
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}
