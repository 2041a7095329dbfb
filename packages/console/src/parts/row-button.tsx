import { Button } from "@patternfly/react-core";

interface RowButtonProps {
  readonly title: string;
  /** What it acts on, for those who do not see the row. */
  readonly of: string;
  readonly isDanger?: boolean;
  readonly onClick: () => void;
}

export function RowButton({ title, of, isDanger = false, onClick }: RowButtonProps) {
  return (
    <Button variant="link" isInline isDanger={isDanger} className="lodge-row-button" onClick={onClick}>
      {title}
      <span className="lodge-unseen"> {of}</span>
    </Button>
  );
}
