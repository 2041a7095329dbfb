import type { InstanceFull } from "@lodge/api";
import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { instanceNameProblem } from "./instance-name.ts";

interface CopyInstanceProps {
  readonly instance: InstanceFull;
  /** As it was then; missing: as it is now. */
  readonly snapshot?: string;
  readonly onClose: () => void;
}

/** A new instance of another, or of what that was. */
export function CopyInstance({ instance: { name, type, snapshots }, snapshot, onClose }: CopyInstanceProps) {
  const { client } = useServer();
  const { run } = useActions();
  const [start, setStart] = useState(true);
  const [withSnapshots, setWithSnapshots] = useState(false);
  const source = snapshot ? `${name}/${snapshot}` : name;
  const copy = (made: string) =>
    void run(
      `Copy ${source} to ${made}`,
      () =>
        client.instances.create({
          ...{ name: made, type, start },
          source: { type: "copy", source, instance_only: !withSnapshots },
        }),
      { instances: [made] },
    );
  return (
    <AskText
      title={snapshot ? `New instance of ${source}` : `Copy ${name}`}
      label="Name"
      verb={snapshot ? "Create" : "Copy"}
      problem={instanceNameProblem}
      onClose={onClose}
      onAnswer={copy}
    >
      {!snapshot && snapshots.length > 0 && (
        <Checkbox
          id="with-snapshots"
          label={`With its snapshots (${snapshots.length})`}
          isChecked={withSnapshots}
          onChange={(_event, checked) => setWithSnapshots(checked)}
        />
      )}
      <Checkbox id="start-copy" label="Start it" isChecked={start} onChange={(_event, checked) => setStart(checked)} />
    </AskText>
  );
}
