import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useWarnings } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo } from "../server/units.ts";

/** Shown at once. */
const most = 5;

export function WarningsCard() {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const open = (useWarnings(true).data ?? []).filter(({ status }) => status === "new");
  const acknowledge = async (uuid: string, type: string) => {
    await run(`Acknowledge ${type}`, () => client.warnings.update(uuid, { status: "acknowledged" }));
    await cache.invalidateQueries({ queryKey: ["warnings"] });
  };
  return (
    <Card>
      <CardTitle component="h2">Warnings</CardTitle>
      <CardBody className="lodge-card-warnings">
        {open.length === 0 && <p className="lodge-hint">All is as it should be.</p>}
        <ul className="lodge-warnings">
          {open.slice(0, most).map(({ uuid, type, last_message, last_seen_at }) => (
            <li key={uuid}>
              <strong>{type}</strong> {last_message} <span className="lodge-hint">{formatAgo(last_seen_at)}</span>{" "}
              <RowButton title="Acknowledge" of={type} onClick={() => void acknowledge(uuid, type)} />
            </li>
          ))}
        </ul>
        <Link to="/settings/{-$tab}" params={{ tab: "warnings" }}>
          {open.length > most ? `All ${open.length} warnings` : "All warnings"}
        </Link>
      </CardBody>
    </Card>
  );
}
