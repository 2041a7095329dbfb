import type { WarningRecord } from "../store.ts";
import type { Trouble } from "./trouble.ts";

export interface WarningChanges {
  readonly put: readonly WarningRecord[];
  readonly remove: readonly WarningRecord[];
}

/** Milliseconds for which what is over is still told. */
const memory = 24 * 3_600_000;
/** Milliseconds between notes that what was there still is: each is a write. */
const noteInterval = 600_000;

/** The same trouble has the same key. */
export const troubleKey = ({ type, project, entity }: Pick<Trouble, "type" | "project" | "entity">): string =>
  JSON.stringify([type, project, entity]);

/** What becomes of the warnings that are stored, now that the troubles are these. Pure. */
export function reconcileWarnings(
  stored: readonly WarningRecord[],
  troubles: readonly Trouble[],
  { now, newUuid }: { readonly now: Date; readonly newUuid: () => string },
): WarningChanges {
  const present = new Map(troubles.map((trouble) => [troubleKey(trouble), trouble]));
  const known = new Map(stored.map((record) => [troubleKey(record), record]));
  const put = [...present].flatMap(([key, trouble]) => {
    const record = known.get(key);
    const next = record ? seenAgain(record, trouble, now) : firstSeen(trouble, now, newUuid());
    return next === record ? [] : [next];
  });
  const gone = stored.filter((record) => !present.has(troubleKey(record)));
  const resolved = gone
    .filter(({ status }) => status !== "resolved")
    .map((record): WarningRecord => ({ ...record, status: "resolved", updatedAt: now }));
  const remove = gone.filter(
    ({ status, updatedAt }) => status === "resolved" && now.getTime() - updatedAt.getTime() > memory,
  );
  return { put: [...put, ...resolved], remove };
}

function firstSeen({ at, ...trouble }: Trouble, now: Date, uuid: string): WarningRecord {
  const seen = at ?? now;
  return { uuid, ...trouble, status: "new", count: 1, firstSeenAt: seen, lastSeenAt: seen, updatedAt: now };
}

/** The record itself when there is nothing to say. */
function seenAgain(record: WarningRecord, { at, severity, message }: Trouble, now: Date): WarningRecord {
  const lastSeenAt = at ?? now;
  const back = record.status === "resolved";
  const again = back || (at !== undefined && at > record.lastSeenAt);
  const old = at === undefined && now.getTime() - record.lastSeenAt.getTime() >= noteInterval;
  if (!again && !old && message === record.message && severity === record.severity) return record;
  return {
    ...{ ...record, severity, message, lastSeenAt },
    ...(again && { count: record.count + 1 }),
    ...(back && { status: "new", updatedAt: now }),
  };
}
