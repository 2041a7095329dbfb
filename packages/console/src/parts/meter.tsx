import { Progress } from "@patternfly/react-core";

interface MeterProps {
  readonly label: string;
  readonly value: number;
  /** 0: there is no bound, and no bar. */
  readonly most: number;
  readonly words: string;
}

/** How much of something is taken. */
export function Meter({ label, value, most, words }: MeterProps) {
  const percent = most > 0 ? Math.min(100, (value / most) * 100) : 0;
  return (
    <Progress
      className="lodge-meter"
      title={label}
      aria-label={label}
      value={percent}
      label={words}
      valueText={words}
      size="sm"
      {...(percent > 90 && { variant: "warning" })}
    />
  );
}
