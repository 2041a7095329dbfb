import type { InstanceFull, InstancePut } from "@lodge/api";
import { Alert, Button, TextArea } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Loaded } from "../parts/page.tsx";
import { messageOf, useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { useMay } from "../server/user.ts";

/** The editable part as YAML, as `lodge config edit` shows it. */
export function Configuration({ instance }: { readonly instance: InstanceFull }) {
  const { client, project } = useServer();
  const { name } = instance;
  const query = useQuery({
    queryKey: ["instances", project, name, "yaml"],
    queryFn: async () => {
      const [{ stringify }, { value, etag }] = await Promise.all([import("yaml"), client.instances.getTagged(name)]);
      const { description, config, devices, profiles, ephemeral } = value;
      return { text: stringify({ description, config, devices, profiles, ephemeral }, { lineWidth: 0 }), etag };
    },
    staleTime: 0,
  });
  return (
    <Loaded query={query} what="The configuration">
      {({ text, etag }) => <Editor key={etag} name={name} text={text} etag={etag} again={() => void query.refetch()} />}
    </Loaded>
  );
}

interface EditorProps {
  readonly name: string;
  readonly text: string;
  readonly etag: string;
  readonly again: () => void;
}

function Editor({ name, text, etag, again }: EditorProps) {
  const { client } = useServer();
  const { run } = useActions();
  const may = useMay();
  const [edited, setEdited] = useState(text);
  const [problem, setProblem] = useState<string>();
  const save = async () => {
    setProblem(undefined);
    try {
      const { parse } = await import("yaml");
      const operation = await client.instances.update(name, parse(edited) as InstancePut, etag);
      if (await run(`Change ${name}`, () => Promise.resolve(operation))) again();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <div className="lodge-editor">
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="Nothing has changed">
          {problem}
        </Alert>
      )}
      <TextArea
        aria-label="Configuration as YAML"
        className="lodge-yaml"
        value={edited}
        spellCheck={false}
        resizeOrientation="vertical"
        {...(!may("manage") && { readOnlyVariant: "default" })}
        onChange={(_event, value) => setEdited(value)}
      />
      {may("manage") && (
        <div className="lodge-actions">
          <Button isDisabled={edited === text} onClick={() => void save()}>
            Save
          </Button>
          {edited !== text && (
            <Button variant="link" onClick={() => setEdited(text)}>
              Undo changes
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
