import { EmptyState, EmptyStateBody, EmptyStateFooter, PageSection, Spinner, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect } from "react";
import { Problem } from "./problem.tsx";

interface PlainPageProps {
  readonly title: string;
  /** Beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function PlainPage({ title, actions, children }: PlainPageProps) {
  useTitle(title);
  return (
    <PageSection isFilled className="lodge-page">
      <div className="lodge-heading">
        <Title headingLevel="h1" size="2xl">
          {title}
        </Title>
        <div className="lodge-actions">{actions}</div>
      </div>
      {children}
    </PageSection>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Lodge`;
  }, [title]);
}

interface LoadedProps<Data> {
  readonly query: { readonly data: Data | undefined; readonly error: unknown; readonly isPending: boolean };
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}

/** What was asked of the server, once it is there. */
export function Loaded<Data>({ query: { data, error }, what, children }: LoadedProps<Data>) {
  if (data !== undefined) return children(data);
  if (error) return <Problem title={`${what} cannot be shown`} error={error} />;
  return <Spinner className="lodge-waiting" aria-label={`Loading: ${what}`} />;
}

interface NothingProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** Says what there could be, and how it comes to be. */
export function Nothing({ title, children, action }: NothingProps) {
  return (
    <EmptyState titleText={title} headingLevel="h2" variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      {action && <EmptyStateFooter>{action}</EmptyStateFooter>}
    </EmptyState>
  );
}
