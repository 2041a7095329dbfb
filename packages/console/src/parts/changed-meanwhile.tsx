import { Alert } from "@patternfly/react-core";
import type { ReactNode } from "react";

interface ChangedMeanwhileProps {
  /** What can be done about it. */
  readonly actions: ReactNode;
  readonly children?: ReactNode;
}

/** What somebody is changing was changed by another. */
export function ChangedMeanwhile({ actions, children }: ChangedMeanwhileProps) {
  return (
    <Alert
      variant="warning"
      isInline
      isLiveRegion
      title="Somebody else has changed it since you began"
      actionLinks={actions}
    >
      {children}
    </Alert>
  );
}
