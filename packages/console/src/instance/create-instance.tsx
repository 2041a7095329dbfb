import type { Image, InstanceCreate, InstanceType } from "@lodge/api";
import { createdName } from "@lodge/sdk/browser";
import {
  Alert,
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { messageOf, useActions } from "../server/actions.tsx";
import { useImages, useProfiles } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";

const kinds = [
  {
    type: "container",
    title: "Container",
    words: "Shares the host's kernel. Starts in a moment and costs next to nothing.",
  },
  {
    type: "virtual-machine",
    title: "Virtual machine",
    words: "Has a kernel and virtual hardware of its own: any system, and a wall around it.",
  },
] as const;

const namePattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export function CreateInstance({ onClose }: { readonly onClose: () => void }) {
  const server = useServer();
  const { run } = useActions();
  const images = useImages().data ?? [];
  const profiles = useProfiles().data ?? [];
  const [type, setType] = useState<InstanceType>("container");
  const [name, setName] = useState("");
  const [chosen, setImage] = useState("");
  const [profile, setProfile] = useState("default");
  const [cpu, setCpu] = useState("");
  const [memory, setMemory] = useState("");
  const [start, setStart] = useState(true);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const fitting = images.filter((image) => image.type === type);
  const image = fitting.find(({ fingerprint }) => fingerprint === chosen) ?? fitting[0];
  const nameFits = name === "" || namePattern.test(name);

  /** What is refused at once stays in the form; what goes wrong later is the operation's to tell. */
  const create = async () => {
    if (!image) return;
    setBusy(true);
    setProblem(undefined);
    const request: InstanceCreate = {
      ...{ type, start, profiles: [profile], source: { type: "image", fingerprint: image.fingerprint } },
      ...(name && { name }),
      config: { ...(cpu && { "limits.cpu": cpu }), ...(memory && { "limits.memory": memory }) },
    };
    try {
      const operation = await server.client.instances.create(request);
      onClose();
      void run(`Create ${createdName(operation)}`, () => Promise.resolve(operation));
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label="Create an instance">
      <ModalHeader title="Create an instance" />
      <ModalBody>
        <Form
          id="create-instance"
          onSubmit={(event) => {
            event.preventDefault();
            void create();
          }}
        >
          <fieldset className="lodge-kinds">
            <legend>Type</legend>
            {kinds.map((kind) => (
              <label key={kind.type} className="lodge-kind" data-chosen={type === kind.type}>
                <input type="radio" name="type" checked={type === kind.type} onChange={() => setType(kind.type)} />
                <strong>{kind.title}</strong>
                <span>{kind.words}</span>
              </label>
            ))}
          </fieldset>
          <FormGroup label="Image" fieldId="image" isRequired>
            <FormSelect
              id="image"
              value={image?.fingerprint ?? ""}
              onChange={(_event, value) => setImage(value)}
              isDisabled={fitting.length === 0}
            >
              {fitting.map((each) => (
                <FormSelectOption key={each.fingerprint} value={each.fingerprint} label={imageName(each)} />
              ))}
              {fitting.length === 0 && <FormSelectOption value="" label="There is no image of this type" />}
            </FormSelect>
            {fitting.length === 0 && (
              <Hint>
                Bring one: <code>lodge image copy images:debian/12 local: --alias debian/12</code>, or build one:{" "}
                <code>lodge image build debian/12</code>.
              </Hint>
            )}
          </FormGroup>
          <FormGroup label="Name" fieldId="name">
            <TextInput
              id="name"
              value={name}
              autoFocus
              placeholder="One is chosen when you leave it empty"
              validated={nameFits ? "default" : "error"}
              onChange={(_event, value) => setName(value)}
            />
            {!nameFits && <Hint error>Letters, digits and hyphens, beginning with a letter; 63 at most.</Hint>}
          </FormGroup>
          <div className="lodge-side-by-side">
            <FormGroup label="Processors" fieldId="cpu">
              <TextInput
                id="cpu"
                value={cpu}
                placeholder="All, or what the profile says"
                onChange={(_e, v) => setCpu(v)}
              />
            </FormGroup>
            <FormGroup label="Memory" fieldId="memory">
              <TextInput
                id="memory"
                value={memory}
                placeholder={type === "container" ? "All, e.g. 512MiB" : "1GiB, or what the profile says"}
                onChange={(_e, v) => setMemory(v)}
              />
            </FormGroup>
            <FormGroup label="Profile" fieldId="profile">
              <FormSelect id="profile" value={profile} onChange={(_event, value) => setProfile(value)}>
                {(profiles.length > 0 ? profiles.map((each) => each.name) : ["default"]).map((each) => (
                  <FormSelectOption key={each} value={each} label={each} />
                ))}
              </FormSelect>
            </FormGroup>
          </div>
          <Checkbox id="start" label="Start it" isChecked={start} onChange={(_event, checked) => setStart(checked)} />
          {problem && (
            <Alert variant="danger" isInline isLiveRegion title="It is not created">
              {problem}
            </Alert>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="create-instance" isDisabled={!image || !nameFits || busy} isLoading={busy}>
          Create
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

function Hint({ error = false, children }: { readonly error?: boolean; readonly children: ReactNode }) {
  return (
    <FormHelperText>
      <HelperText>
        <HelperTextItem variant={error ? "error" : "default"}>{children}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

export function imageName({ aliases, properties, fingerprint }: Image): string {
  return aliases[0]?.name || properties["description"] || fingerprint.slice(0, 12);
}
