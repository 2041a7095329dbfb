import { type InstanceState, zeroTime } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import type { Observation } from "../driver.ts";
import type { Runs } from "../runs.ts";
import { problemOf } from "./problem.ts";

/** What Lodge did and will do to keep an instance running; undefined when there is nothing to say. */
export function bootState(
  runs: Runs,
  record: InstanceRecord,
  { problem }: Pick<Observation, "problem">,
): InstanceState["boot"] {
  const due = runs.due.get(record.id);
  const count = runs.restarts(record.id);
  const why = problem ?? problemOf(record) ?? due?.why ?? count?.why;
  if (why === undefined) return undefined;
  return { restarts: count?.restarts ?? 0, next_start_at: due?.at.toISOString() ?? zeroTime, why };
}
