import type { PendingToken } from "@lodge/sdk/browser";
import { Alert, Button, ClipboardCopy } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { DataTable } from "../parts/data-table.tsx";
import { TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Loaded, Nothing } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { formatTime } from "../server/units.ts";
import { areRights, putOf, type Rights, RoleFields } from "./role-fields.tsx";

/** By which others become trusted, once each. */
export function Tokens() {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<PendingToken>();
  const query = useQuery({
    queryKey: ["tokens"],
    queryFn: () => client.certificates.tokens(),
  });
  const fresh = () => cache.invalidateQueries({ queryKey: ["tokens"] });
  const revoke = async (token: PendingToken) => {
    await run(`Revoke the token for ${token.name}`, () => client.certificates.revokeToken(token));
    if (made?.operation === token.operation) setMade(undefined);
    await fresh();
  };
  return (
    <>
      <div className="lodge-actions">
        <Button onClick={() => setMaking(true)}>Make a token</Button>
      </div>
      {made && (
        <Alert variant="success" isInline isLiveRegion title={`A token for ${made.name}, shown this once`}>
          <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel="Token">
            {made.token}
          </ClipboardCopy>
          <p>
            On their computer: <code>lodge remote add NAME TOKEN</code>; <code>lxc</code> and <code>incus</code> take it
            as well. It makes one client trusted, once.
          </p>
        </Alert>
      )}
      <Loaded query={query} what="Tokens">
        {(tokens) =>
          tokens.length === 0 ? (
            <Nothing title="No token waits to be used">
              Whoever has a token becomes trusted with it, once, from another computer; what it allows is said when it
              is made.
            </Nothing>
          ) : (
            <DataTable
              label="Tokens"
              rows={tokens}
              keyOf={({ operation }) => operation}
              columns={[
                { title: "For", cell: ({ name }) => name, sort: ({ name }) => name },
                { title: "Until", cell: ({ expiresAt }) => formatTime(expiresAt) || "it is used or revoked" },
                {
                  title: "Actions",
                  cell: (token) => (
                    <RowButton title="Revoke" of={token.name} isDanger onClick={() => void revoke(token)} />
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {making && (
        <MakeToken
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMade(token);
            void fresh();
          }}
        />
      )}
    </>
  );
}

interface MakeTokenProps {
  readonly onClose: () => void;
  readonly onMade: (token: PendingToken) => void;
}

function MakeToken({ onClose, onMade }: MakeTokenProps) {
  const { client } = useServer();
  const [name, setName] = useState("");
  const [rights, setRights] = useState<Rights>({ role: "viewer", projects: ["default"] });
  return (
    <FormDialog
      title={`Make a token for ${name}`}
      heading="Make a token"
      verb="Make it"
      isReady={name !== "" && areRights(rights)}
      onSubmit={async () => onMade(await client.certificates.issueToken({ name, ...putOf(rights) }))}
      onClose={onClose}
    >
      <TextField
        label="For"
        value={name}
        onChange={setName}
        isRequired
        autoFocus
        hint="As the client will be called."
      />
      <RoleFields rights={rights} onChange={setRights} />
    </FormDialog>
  );
}
