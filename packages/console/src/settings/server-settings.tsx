import type { Config } from "@lodge/api";
import { serverConfigKeys } from "@lodge/api/server-keys";
import { Alert, Button, Form } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ChangedMeanwhile } from "../parts/changed-meanwhile.tsx";
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
      {(tagged) => <Settings tagged={tagged} />}
    </Loaded>
  );
}

/** Somebody's changes, and what they are changes of. */
interface Draft {
  readonly config: Config;
  readonly of: Tagged;
}

function Settings({ tagged }: { readonly tagged: Tagged }) {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const [draft, setDraft] = useState<Draft>();
  const [problem, setProblem] = useState<string>();
  const { config, of: before } = draft ?? { config: tagged.config, of: tagged };
  const isChanged = JSON.stringify(config) !== JSON.stringify(before.config);
  const isOld = draft !== undefined && before.etag !== tagged.etag;
  const save = async () => {
    setProblem(undefined);
    try {
      await client.server.setConfig(config, before.etag);
      void run("Change the server's configuration", () => Promise.resolve());
      await cache.invalidateQueries({ queryKey: ["server"] });
      setDraft(undefined);
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
      <ConfigFields
        keys={serverConfigKeys}
        config={config}
        onChange={(next) => setDraft({ config: next, of: before })}
      />
      {isOld && isChanged && (
        <ChangedMeanwhile
          actions={
            <Button variant="link" isInline onClick={() => setDraft(undefined)}>
              Show what is there now
            </Button>
          }
        />
      )}
      {problem && (
        <Alert variant="danger" isInline isLiveRegion title="The server refused it">
          {problem}
        </Alert>
      )}
      <div className="lodge-form-end">
        <Button type="submit" isDisabled={!isChanged || !allFit(serverConfigKeys, config)}>
          Save
        </Button>
        <Button variant="link" isDisabled={!isChanged} onClick={() => setDraft(undefined)}>
          As it was
        </Button>
      </div>
    </Form>
  );
}
