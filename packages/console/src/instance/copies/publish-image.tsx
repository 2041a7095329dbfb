import type { InstanceFull } from "@lodge/api";
import { snapshotName } from "@lodge/sdk/browser";
import { FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";

interface PublishImageProps {
  readonly instance: InstanceFull;
  /** Missing: as it is now. */
  readonly snapshot?: string;
  readonly onClose: () => void;
}

/** An image of an instance: of one that runs by a snapshot that is there meanwhile. */
export function PublishImage({ instance: { name, status }, snapshot, onClose }: PublishImageProps) {
  const { client } = useServer();
  const { run } = useActions();
  const [description, setDescription] = useState("");
  const publish = (source: string, alias: string) =>
    run(`Publish ${source}`, () =>
      client.images.publish({
        source: { type: source.includes("/") ? "snapshot" : "instance", name: source },
        ...(description && { properties: { description } }),
        aliases: [{ name: alias, description: "" }],
      }),
    );
  const begin = async (alias: string) => {
    if (snapshot || status === "Stopped") {
      await publish(snapshot ? `${name}/${snapshot}` : name, alias);
      return;
    }
    const snapshots = client.instances.snapshots(name);
    let made = "";
    const taken = await run(`Snapshot of ${name}`, async () => {
      const operation = await snapshots.create();
      made = snapshotName(operation);
      return operation;
    });
    if (!taken) return;
    await publish(`${name}/${made}`, alias);
    await run(`Delete ${name}/${made}`, () => snapshots.delete(made));
  };
  return (
    <AskText
      title={`Publish ${snapshot ? `${name}/${snapshot}` : name} as an image`}
      label="Name of the image"
      placeholder="golden"
      verb="Publish"
      onClose={onClose}
      onAnswer={(alias) => void begin(alias)}
    >
      <FormGroup label="Description" fieldId="description">
        <TextInput id="description" value={description} onChange={(_event, value) => setDescription(value)} />
      </FormGroup>
      {!snapshot && status !== "Stopped" && (
        <p className="lodge-hint">It runs, and goes on: the image is made of a snapshot, which is deleted then.</p>
      )}
    </AskText>
  );
}
