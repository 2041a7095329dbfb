import type { Config } from "@lodge/api";
import { serverConfigKeys } from "@lodge/api/server-keys";
import { Alert, Button, Form } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { allFit, ConfigFields } from "../parts/config-fields.tsx";
import { Loaded } from "../parts/page.tsx";
import { messageOf, useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";

interface Tagged {
  readonly config: Config;
  readonly etag: string;
}

/** The server's configuration, by the same table as it is checked and documented with. */
export function ServerSettings() {
  const { client } = useServer();
  const query = useQuery({
    queryKey: ["server", "config"],
    queryFn: async (): Promise<Tagged> => {
      const { value, etag } = await client.server.getTagged();
      return { config: value.config as Config, etag };
    },
  });
  return (
    <Loaded query={query} what="The configuration">
      {(tagged) => <Settings key={tagged.etag} tagged={tagged} />}
    </Loaded>
  );
}

function Settings({ tagged: { config: before, etag } }: { readonly tagged: Tagged }) {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const [config, setConfig] = useState(before);
  const [problem, setProblem] = useState<string>();
  const isChanged = JSON.stringify(config) !== JSON.stringify(before);
  const save = async () => {
    setProblem(undefined);
    try {
      await client.server.setConfig(config, etag);
      void run("Change the server's configuration", () => Promise.resolve());
      await cache.invalidateQueries({ queryKey: ["server"] });
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Form
      className="lodge-fields"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <ConfigFields keys={serverConfigKeys} config={config} onChange={setConfig} />
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="The server refused it">
          {problem}
        </Alert>
      )}
      <div className="lodge-form-end">
        <Button type="submit" isDisabled={!isChanged || !allFit(serverConfigKeys, config)}>
          Save
        </Button>
        <Button variant="link" isDisabled={!isChanged} onClick={() => setConfig(before)}>
          As it was
        </Button>
      </div>
    </Form>
  );
}
