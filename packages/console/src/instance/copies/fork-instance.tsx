import type { InstanceFork, InstanceFull } from "@lodge/api";
import { Checkbox, FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { instanceNameProblem } from "./instance-name.ts";

const most = 64;

/** Further instances that go on where one that runs is. */
export function ForkInstance({
  instance: { name, type },
  onClose,
}: {
  readonly instance: InstanceFull;
  readonly onClose: () => void;
}) {
  const { client } = useServer();
  const { run } = useActions();
  const [count, setCount] = useState("1");
  const [ephemeral, setEphemeral] = useState(false);
  const number = Number(count);
  const fork = (made: string) => {
    const several = number > 1;
    const request: InstanceFork = { name: made, ...(several && { count: number }), ...(ephemeral && { ephemeral }) };
    const instances = several ? Array.from({ length: number }, (_, index) => `${made}-${index + 1}`) : [made];
    void run(
      `Fork ${name} to ${instances.length > 1 ? `${instances[0]} … ${instances.at(-1)}` : made}`,
      () => client.instances.fork(name, request),
      { instances },
    );
  };
  return (
    <AskText
      title={`Fork ${name}`}
      label={number > 1 ? "Name, to which numbers are added" : "Name"}
      verb="Fork"
      problem={(text) =>
        instanceNameProblem(text) ??
        (Number.isInteger(number) && number >= 1 && number <= most ? undefined : `There can be 1 to ${most} at once.`)
      }
      onClose={onClose}
      onAnswer={fork}
    >
      <FormGroup label="How many" fieldId="count">
        <TextInput
          id="count"
          type="number"
          min={1}
          max={most}
          value={count}
          onChange={(_event, value) => setCount(value)}
        />
      </FormGroup>
      <Checkbox
        id="ephemeral"
        label="Deleted when it stops"
        isChecked={ephemeral}
        onChange={(_event, checked) => setEphemeral(checked)}
      />
      <p className="lodge-hint">
        {type === "container"
          ? "A fork has its files as they are now, and boots."
          : "A fork goes on with its memory, processes and disk, under a name and addresses of its own."}
      </p>
    </AskText>
  );
}
