import { liveRootOf } from "../snapshots/live-root.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import type { VolumeUser } from "./users.ts";

/** Runs work while those of the instances that run write as little as can be had. The caller holds their locks. */
export function whileStill<T>(
  deps: VolumeDependencies,
  users: readonly VolumeUser[],
  work: () => Promise<T>,
): Promise<T> {
  const [first, ...others] = users.filter(({ record }) => deps.runs.isRunning(record.id));
  if (!first) return work();
  const live = liveRootOf(deps, deps.runs, first.record);
  const rest = () => whileStill(deps, others, work);
  return live ? live.still(rest) : rest();
}
