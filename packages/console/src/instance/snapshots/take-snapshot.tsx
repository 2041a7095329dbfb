import type { InstanceFull } from "@lodge/api";
import { Button, Checkbox, FormGroup, FormSelect, FormSelectOption, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { expiryAfter, spans } from "./expiry.ts";

/** The form above the timeline. Who says nothing about the end leaves it to the instance's `snapshots.expiry`. */
export function TakeSnapshot({ instance: { name, type, status, stateful } }: { readonly instance: InstanceFull }) {
  const { client } = useServer();
  const { run } = useActions();
  const [snapshot, setSnapshot] = useState("");
  const [hours, setHours] = useState("");
  const [withMemory, setWithMemory] = useState(false);
  const hasMemory = type === "virtual-machine" && (status === "Running" || stateful);
  const take = () => {
    const expires = expiryAfter(Number(hours));
    const request = {
      ...(snapshot && { name: snapshot }),
      ...(expires && { expires_at: expires.toISOString() }),
      ...(hasMemory && withMemory && { stateful: true }),
    };
    void run(`Snapshot of ${name}`, () => client.instances.snapshots(name).create(request));
    setSnapshot("");
  };
  return (
    <form
      className="lodge-toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        take();
      }}
    >
      <FormGroup label="Name of a new snapshot" fieldId="snapshot">
        <TextInput
          id="snapshot"
          placeholder="snap0, snap1…"
          value={snapshot}
          onChange={(_event, value) => setSnapshot(value)}
        />
      </FormGroup>
      <FormGroup label="Kept" fieldId="kept" className="lodge-narrow">
        <FormSelect id="kept" value={hours} onChange={(_event, value) => setHours(value)}>
          <FormSelectOption value="" label="as the configuration says" />
          {spans.slice(1).map((span) => (
            <FormSelectOption key={span.hours} value={String(span.hours)} label={span.words} />
          ))}
        </FormSelect>
      </FormGroup>
      {hasMemory && (
        <Checkbox
          id="with-memory"
          className="lodge-beside"
          label="With memory: restored, it goes on where it is"
          isChecked={withMemory}
          onChange={(_event, checked) => setWithMemory(checked)}
        />
      )}
      <Button type="submit">Take snapshot</Button>
    </form>
  );
}
