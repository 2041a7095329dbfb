import { createdName, isFinal, type RunningOperation } from "@lodge/sdk/browser";
import { Alert, Button, Progress } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { progressOf } from "../parts/progress.ts";
import { messageOf } from "../server/actions.tsx";
import { useOperations } from "../server/queries.ts";

interface CreatingProps {
  readonly operation: RunningOperation;
  /** To the form, as it was filled in. */
  readonly onBack: () => void;
  readonly onAnother: () => void;
}

/** How far it is, what became of it, and the way on. */
export function Creating({ operation, onBack, onAnother }: CreatingProps) {
  const name = createdName(operation);
  const now = useOperations().data?.find(({ id }) => id === operation.id) ?? operation.started;
  const end = useQuery({
    queryKey: ["creating", operation.id],
    queryFn: async () => {
      await operation.wait();
      return true;
    },
    ...{ retry: false, staleTime: Infinity },
  });
  if (end.isError) {
    return (
      <Alert
        variant="danger"
        isInline
        isLiveRegion
        title={`${name} was not created, and nothing of it is left`}
        actionLinks={<Button onClick={onBack}>Back to what you filled in</Button>}
      >
        {messageOf(end.error)}
      </Alert>
    );
  }
  if (end.data) {
    return (
      <Alert
        variant="success"
        isInline
        isLiveRegion
        title={`${name} is there`}
        actionLinks={
          <div className="lodge-actions">
            <Open name={name} tab={undefined} title={`Open ${name}`} />
            <Open name={name} tab="terminal" title="Its terminal" />
            <Button variant="link" onClick={onAnother}>
              Create another like it
            </Button>
          </div>
        }
      />
    );
  }
  const words = progressOf(now);
  const percent = Number(/(\d+)\s?%/.exec(words)?.[1] ?? Number.NaN);
  return (
    <div role="status">
      <Progress
        title={`Creating ${name}`}
        value={Number.isNaN(percent) ? 0 : percent}
        label={words || "under way"}
        valueText={words || "under way"}
        measureLocation="outside"
      />
      <p className="lodge-hint">You can leave this page; the operation goes on.</p>
      {now.may_cancel && !isFinal(now) && (
        <Button variant="secondary" onClick={() => void operation.cancel().catch(() => undefined)}>
          Cancel
        </Button>
      )}
    </div>
  );
}

function Open({
  name,
  tab,
  title,
}: {
  readonly name: string;
  readonly tab: string | undefined;
  readonly title: string;
}) {
  return (
    <Button
      variant={tab ? "secondary" : "primary"}
      component={(props) => <Link {...props} to="/instances/$name/{-$tab}" params={{ name, tab }} />}
    >
      {title}
    </Button>
  );
}
