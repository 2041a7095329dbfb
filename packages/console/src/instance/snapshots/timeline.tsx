import type { InstanceSnapshot } from "@lodge/api";
import { Label } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { formatAgo, formatBytes, formatTime } from "../../server/units.ts";
import { never } from "./expiry.ts";

interface TimelineProps {
  readonly snapshots: readonly InstanceSnapshot[];
  readonly actions: (snapshot: InstanceSnapshot) => ReactNode;
}

/** The instance's past, the newest first. */
export function Timeline({ snapshots, actions }: TimelineProps) {
  const sorted = snapshots.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <ol className="lodge-timeline" aria-label="Snapshots">
      <li className="lodge-timeline-now">Now</li>
      {sorted.map((snapshot) => (
        <li key={snapshot.name}>
          <div className="lodge-timeline-words">
            <strong>{snapshot.name}</strong>
            {snapshot.stateful && (
              <Label isCompact color="blue">
                With memory
              </Label>
            )}
            <span className="lodge-hint" title={formatTime(snapshot.created_at)}>
              {formatTime(snapshot.created_at)} ({formatAgo(snapshot.created_at)})
              {snapshot.size >= 0 && `, ${formatBytes(snapshot.size)}`}
              {!isNever(snapshot.expires_at) && `, kept until ${formatTime(snapshot.expires_at)}`}
            </span>
          </div>
          <div className="lodge-row-actions">{actions(snapshot)}</div>
        </li>
      ))}
    </ol>
  );
}

const isNever = (time: string): boolean => !time || time === never;
