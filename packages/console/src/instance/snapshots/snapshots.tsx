import type { InstanceFull, InstanceSnapshot } from "@lodge/api";
import { Button, FormGroup, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Nothing } from "../../parts/page.tsx";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { useMay } from "../../server/user.ts";
import { CopyInstance } from "../copies/copy-instance.tsx";
import { PublishImage } from "../copies/publish-image.tsx";
import { expiryAfter, spans } from "./expiry.ts";
import { TakeSnapshot } from "./take-snapshot.tsx";
import { Timeline } from "./timeline.tsx";

type Verb = "Restore" | "New instance" | "Publish" | "Rename" | "Keep" | "Delete";
type Asked = { readonly verb: Verb; readonly snapshot: InstanceSnapshot };

export function Snapshots({ instance }: { readonly instance: InstanceFull }) {
  const may = useMay();
  const [asked, setAsked] = useState<Asked>();
  const actions = (snapshot: InstanceSnapshot) =>
    verbs
      .filter(({ right }) => may(right))
      .map(({ verb }) => (
        <Button
          key={verb}
          variant="link"
          isInline
          isDanger={verb === "Delete"}
          onClick={() => setAsked({ verb, snapshot })}
        >
          {verb}
          <span className="lodge-unseen"> {snapshot.name}</span>
        </Button>
      ));
  return (
    <>
      {may("operate") && <TakeSnapshot instance={instance} />}
      <Schedule instance={instance} />
      {instance.snapshots.length === 0 ? (
        <Nothing title="There are no snapshots">
          A snapshot keeps the instance's files as they are now, to go back to. It costs no room until they change.
        </Nothing>
      ) : (
        <Timeline snapshots={instance.snapshots} actions={actions} />
      )}
      {asked && <Ask instance={instance} {...asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

const verbs: readonly { readonly verb: Verb; readonly right: "operate" | "manage" }[] = [
  { verb: "Restore", right: "manage" },
  { verb: "New instance", right: "manage" },
  { verb: "Publish", right: "manage" },
  { verb: "Rename", right: "operate" },
  { verb: "Keep", right: "operate" },
  { verb: "Delete", right: "operate" },
];

/** What the daemon does by itself. */
function Schedule({ instance: { name, config, expanded_config } }: { readonly instance: InstanceFull }) {
  const all = expanded_config ?? config;
  const schedule = all["snapshots.schedule"];
  const expiry = all["snapshots.expiry"];
  return (
    <p className="lodge-hint">
      {schedule ? `Taken by themselves: ${schedule}.` : "None are taken by themselves."}
      {expiry ? ` Kept for ${expiry}.` : ""}{" "}
      <Link to="/instances/$name/{-$tab}" params={{ name, tab: "configuration" }}>
        Change that
      </Link>{" "}
      (<code>snapshots.schedule</code>, <code>snapshots.expiry</code>)
    </p>
  );
}

interface AskProps extends Asked {
  readonly instance: InstanceFull;
  readonly onClose: () => void;
}

function Ask({ instance, verb, snapshot, onClose }: AskProps) {
  const { client } = useServer();
  const { run } = useActions();
  const snapshots = client.instances.snapshots(instance.name);
  const whole = `${instance.name}/${snapshot.name}`;
  switch (verb) {
    case "Restore":
      return (
        <Confirm
          title={`Restore ${snapshot.name}?`}
          verb="Restore"
          onClose={onClose}
          onConfirm={() =>
            void run(`Restore ${whole}`, () => snapshots.restore(snapshot.name, { stateful: snapshot.stateful }))
          }
        >
          {instance.name} becomes what it was then; what has changed since is lost.
          {snapshot.stateful && " It goes on running where it was, with the memory it had."}
        </Confirm>
      );
    case "Delete":
      return (
        <Confirm
          title={`Delete ${snapshot.name}?`}
          verb="Delete"
          confirmWith={snapshot.name}
          onClose={onClose}
          onConfirm={() => void run(`Delete ${whole}`, () => snapshots.delete(snapshot.name))}
        >
          What only this snapshot has is gone then.
        </Confirm>
      );
    case "Rename":
      return (
        <AskText
          title={`Rename ${snapshot.name}`}
          label="New name"
          verb="Rename"
          initial={snapshot.name}
          onClose={onClose}
          onAnswer={(name) => void run(`Rename ${whole}`, () => snapshots.rename(snapshot.name, name))}
        />
      );
    case "Keep":
      return <Keep {...{ instance, snapshot, onClose }} />;
    case "New instance":
      return <CopyInstance instance={instance} snapshot={snapshot.name} onClose={onClose} />;
    case "Publish":
      return <PublishImage instance={instance} snapshot={snapshot.name} onClose={onClose} />;
  }
}

function Keep({ instance, snapshot, onClose }: Omit<AskProps, "verb">) {
  const { client } = useServer();
  const { run } = useActions();
  const [hours, setHours] = useState("0");
  const snapshots = client.instances.snapshots(instance.name);
  return (
    <Confirm
      title={`How long is ${snapshot.name} kept?`}
      verb="Keep it so long"
      isHarmless
      onClose={onClose}
      onConfirm={() =>
        void run(`Keep ${instance.name}/${snapshot.name}`, () =>
          snapshots.setExpiry(snapshot.name, expiryAfter(Number(hours))),
        )
      }
    >
      <FormGroup label="From now on" fieldId="keep">
        <FormSelect id="keep" value={hours} onChange={(_event, value) => setHours(value)}>
          {spans.map((span) => (
            <FormSelectOption key={span.hours} value={String(span.hours)} label={span.words} />
          ))}
        </FormSelect>
      </FormGroup>
    </Confirm>
  );
}
