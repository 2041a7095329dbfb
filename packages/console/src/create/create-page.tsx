import type { Image } from "@lodge/api";
import type { RunningOperation } from "@lodge/sdk/browser";
import "./create.css";
import { Alert, Button, Checkbox, Form, Title } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ChoiceField, LongTextField, TextField, Tick } from "../parts/fields.tsx";
import { imageTitle } from "../parts/image-title.ts";
import { Nothing, PlainPage } from "../parts/page.tsx";
import { messageOf } from "../server/actions.tsx";
import { putOperation } from "../server/live.ts";
import { useChooseProject } from "../server/project.ts";
import {
  useHost,
  useImages,
  useInstances,
  useNetworks,
  usePools,
  useProfiles,
  useProjects,
} from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { useMay } from "../server/user.ts";
import { Creating } from "./creating.tsx";
import { type Draft, emptyDraft, problemsOf, requestOf, rootOf } from "./draft.ts";
import { ImagePicker } from "./image-picker.tsx";
import { IsoPicker } from "./iso-picker.tsx";

/** One page from the image to the instance that runs. */
export function CreatePage() {
  const may = useMay();
  const { image: wanted } = useSearch({ strict: false });
  const found = (useImages().data ?? []).find(({ fingerprint }) => fingerprint === wanted);
  const [changed, setDraft] = useState<Draft>();
  const draft = changed ?? (found ? draftOf(found) : emptyDraft);
  const [begun, setBegun] = useState<RunningOperation>();
  return (
    <PlainPage title="Create an instance">
      {!may("manage") ? (
        <Nothing title="Your role creates no instances">Ask somebody who manages this project.</Nothing>
      ) : begun ? (
        <Creating
          operation={begun}
          onBack={() => setBegun(undefined)}
          onAnother={() => {
            setBegun(undefined);
            setDraft({ ...draft, name: "" });
          }}
        />
      ) : (
        <Wizard draft={draft} setDraft={setDraft} onBegun={setBegun} />
      )}
    </PlainPage>
  );
}

/** Of an image that somebody came from. */
function draftOf(image: Image): Draft {
  const { fingerprint, type } = image;
  return { ...emptyDraft, type, image: { name: imageTitle(image), fingerprint, type } };
}

interface WizardProps {
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly onBegun: (operation: RunningOperation) => void;
}

function Wizard({ draft, setDraft, onBegun }: WizardProps) {
  const server = useServer();
  const cache = useQueryClient();
  const instances = useInstances().data ?? [];
  const profiles = useProfiles().data ?? [];
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const problems = problemsOf(draft, new Set(instances.map(({ name }) => name)), profiles);
  const wrong = Object.values(problems);

  const create = async () => {
    setTried(true);
    if (wrong.length > 0 || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const operation = await server.client.instances.create(requestOf(draft, profiles));
      putOperation(operation.started, server, cache);
      onBegun(operation);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <Form
      className="lodge-create"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <Kinds draft={draft} set={set} />
      <Source draft={draft} set={set} problem={tried ? (problems.image ?? problems.iso) : undefined} />
      <Step title="What it is called">
        <div className="lodge-side-by-side">
          <TextField
            label="Name"
            value={draft.name}
            onChange={(name) => set({ name })}
            placeholder="One is chosen when you leave it empty"
            error={problems.name}
          />
          <TextField label="Description" value={draft.description} onChange={(description) => set({ description })} />
          <ProjectChoice />
        </div>
        <Profiles draft={draft} set={set} />
      </Step>
      <Resources draft={draft} set={set} problems={problems} />
      <Step title="Its first start" hint="For images with cloud-init: users, packages, files, commands.">
        <LongTextField
          label="cloud-init user-data"
          rows={5}
          value={draft.userData}
          placeholder={"#cloud-config\npackages: [nginx]"}
          onChange={(userData) => set({ userData })}
        />
        <Tick label="Start it" isChecked={draft.start} onChange={(start) => set({ start })} />
        <Tick
          label="Start it with the host"
          hint="Without this it starts when it ran as the host went down."
          isChecked={draft.autostart}
          onChange={(autostart) => set({ autostart })}
        />
      </Step>
      {problem !== undefined && (
        <Alert variant="danger" isInline isLiveRegion title="It is not created">
          {problem}
        </Alert>
      )}
      {tried && wrong.length > 0 && (
        <Alert variant="warning" isInline isLiveRegion title="Something is missing">
          {wrong.join(" ")}
        </Alert>
      )}
      <div className="lodge-create-end">
        <Button type="submit" isDisabled={busy} isLoading={busy}>
          Create
        </Button>
        <Button variant="link" component={(props) => <Link {...props} to="/instances" />}>
          Cancel
        </Button>
      </div>
    </Form>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
}

export function Step({
  title,
  hint,
  children,
}: {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="lodge-step">
      <Title headingLevel="h2" size="lg">
        {title}
      </Title>
      {hint && <p className="lodge-hint">{hint}</p>}
      {children}
    </section>
  );
}

const kinds = [
  {
    type: "container",
    title: "Container",
    words: "Shares the host's kernel. Starts in a moment, costs next to nothing, takes only the memory that it uses.",
    fits: "For Linux systems and services that you trust as you trust a user of the host.",
  },
  {
    type: "virtual-machine",
    title: "Virtual machine",
    words: "Has a kernel and virtual hardware of its own: a wall around it, and a screen and a keyboard.",
    fits: "For any operating system, kernel modules, installers from an ISO, and what you do not trust.",
  },
] as const;

function Kinds({ draft, set }: PartProps) {
  return (
    <fieldset className="lodge-kinds">
      <legend>Type</legend>
      {kinds.map(({ type, title, words, fits }) => (
        <label key={type} className="lodge-kind" data-chosen={draft.type === type}>
          <input
            type="radio"
            name="type"
            checked={draft.type === type}
            onChange={() => set({ type, image: undefined, ...(type === "container" && { from: "image" }) })}
          />
          <strong>{title}</strong>
          <span>{words}</span>
          <span>{fits}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Source({ draft, set, problem }: PartProps & { readonly problem: string | undefined }) {
  const host = useHost().data;
  const isMachine = draft.type === "virtual-machine";
  return (
    <Step title="What it is made of">
      {isMachine && (
        <ChoiceField
          label="Begin with"
          value={draft.from}
          options={[
            ["image", "An image: a system that is installed"],
            ["empty", "An empty disk, and an ISO that installs a system"],
          ]}
          onChange={(from) => set({ from: from as Draft["from"] })}
        />
      )}
      {problem && <Alert variant="danger" isInline isPlain title={problem} />}
      {draft.from === "image" && (
        <div className="lodge-picker">
          {host && (
            <ImagePicker
              type={draft.type}
              architecture={host.architecture}
              chosen={draft.image}
              onChoose={(image) => set({ image })}
            />
          )}
        </div>
      )}
      {draft.from === "empty" && <IsoPicker chosen={draft.iso} onChoose={(iso) => set({ iso })} />}
    </Step>
  );
}

/** The whole console changes to it: what is chosen from is the project's. */
function ProjectChoice() {
  const { project } = useServer();
  const choose = useChooseProject();
  const names = (useProjects().data ?? []).map(({ name }) => name);
  if (names.length < 2) return undefined;
  return <ChoiceField label="In project" value={project} options={names} onChange={choose} />;
}

function Profiles({ draft, set }: PartProps) {
  const profiles = useProfiles().data ?? [];
  const toggle = (name: string, isChosen: boolean) =>
    set({ profiles: isChosen ? [...draft.profiles, name] : draft.profiles.filter((each) => each !== name) });
  return (
    <fieldset className="lodge-ticks">
      <legend>Profiles: settings and devices that it shares with others; the later one wins</legend>
      {profiles.map(({ name, description }) => (
        <Checkbox
          key={name}
          id={`profile-${name}`}
          label={name}
          description={description}
          isChecked={draft.profiles.includes(name)}
          onChange={(_event, isChosen) => toggle(name, isChosen)}
        />
      ))}
    </fieldset>
  );
}

function Resources({ draft, set, problems }: PartProps & { readonly problems: ReturnType<typeof problemsOf> }) {
  const pools = (usePools().data ?? []).filter(({ status }) => status === "Created").map(({ name }) => name);
  const networks = (useNetworks().data ?? []).filter(({ managed }) => managed).map(({ name }) => name);
  const profiles = useProfiles().data ?? [];
  const isContainer = draft.type === "container";
  const root = rootOf(draft, profiles).pool;
  return (
    <Step
      title="What it may use"
      hint="Empty: as the profiles say. All of it can be changed later, most of it while it runs."
    >
      <div className="lodge-side-by-side">
        <TextField
          label="Processors"
          value={draft.cpu}
          onChange={(cpu) => set({ cpu })}
          placeholder={isContainer ? "All" : "1"}
          error={problems.cpu}
          hint="A number, or those to use: 0-1,3"
        />
        <TextField
          label="Memory"
          value={draft.memory}
          onChange={(memory) => set({ memory })}
          placeholder={isContainer ? "All" : "1GiB"}
          error={problems.memory}
          hint={isContainer ? "512MiB or 25%: at most" : "512MiB or 2GiB; it grows and shrinks while it runs"}
        />
        <TextField
          label="Disk"
          value={draft.size}
          onChange={(size) => set({ size })}
          placeholder={isContainer ? "As large as the pool" : "10GiB"}
          error={problems.size}
          hint="20GiB"
        />
        <ChoiceField
          label="In pool"
          value={draft.pool}
          error={problems.pool}
          options={[["", root ? `${root}, as the profiles say` : "Choose one"] as const, ...pools]}
          onChange={(pool) => set({ pool })}
        />
        <ChoiceField
          label="Network"
          value={draft.network}
          options={[["", "As the profiles say"], ...networks, ["none", "None"]]}
          onChange={(network) => set({ network })}
        />
      </div>
    </Step>
  );
}
