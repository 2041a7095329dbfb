import { Alert } from "@patternfly/react-core";
import { messageOf } from "../server/actions.tsx";

/** What went wrong, in the server's own words. */
export function Problem({ title, error }: { readonly title: string; readonly error: unknown }) {
  return (
    <Alert variant="danger" isInline title={title} className="lodge-problem">
      {messageOf(error)}
    </Alert>
  );
}
