import { Alert, AlertActionCloseButton, AlertGroup, Button, Spinner } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { type Action, type Made, useActions } from "../server/actions.tsx";
import { useOperations } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { progressOf } from "./progress.ts";

/** What the user has asked for, how far it is, and what became of it. */
export function ActionToasts() {
  const { all, dismiss } = useActions();
  return (
    <AlertGroup isToast isLiveRegion aria-label="What you asked for">
      {all.slice(-6).map((action) => (
        <Alert
          key={action.id}
          title={titles[action.state](action.title)}
          variant={variants[action.state]}
          {...(action.state === "running" && { customIcon: <Spinner size="md" aria-label="Running" /> })}
          actionClose={<AlertActionCloseButton onClose={() => dismiss(action.id)} />}
        >
          {action.problem}
          {action.progress}
          {action.state === "done" && action.makes && <MadeLinks {...action.makes} />}
          {action.operation && <Progress action={action} id={action.operation} />}
        </Alert>
      ))}
    </AlertGroup>
  );
}

const variants = { running: "info", done: "success", failed: "danger" } as const;
const titles = {
  running: (title: string) => `${title}…`,
  done: (title: string) => `${title}: done`,
  failed: (title: string) => `${title}: failed`,
};

function MadeLinks({ instances }: Made) {
  return (
    <span className="lodge-row-actions">
      {instances.slice(0, 4).map((name) => (
        <Link key={name} to="/instances/$name/{-$tab}" params={{ name, tab: undefined }}>
          {name}
        </Link>
      ))}
      {instances.length > 4 && <Link to="/instances">and {instances.length - 4} more</Link>}
    </span>
  );
}

function Progress({ id }: { readonly action: Action; readonly id: string }) {
  const { client } = useServer();
  const operation = useOperations().data?.find((each) => each.id === id);
  if (!operation || operation.status_code >= 200) return undefined;
  const cancel = async () => (await client.operations.follow(id)).cancel();
  return (
    <>
      {progressOf(operation)}
      {operation.may_cancel && (
        <Button variant="link" isInline className="lodge-cancel" onClick={() => void cancel().catch(() => undefined)}>
          Cancel
        </Button>
      )}
    </>
  );
}
