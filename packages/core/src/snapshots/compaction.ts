import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { Progress } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import { liveRootOf } from "./live-root.ts";

/** Milliseconds after which it is gone on with, when something else was to be done first. */
const pause = 5_000;

/**
 * Gives back what removed snapshots left behind, where the pool can. Not under the instance's lock: it may take long, and the
 * instance may be stopped and started meanwhile. A failure or a cancel loses nothing but the space.
 */
export async function compactRoot(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const snapshots = deps.pools.get(record.pool)?.snapshots;
  if (!snapshots?.compact) return;
  try {
    const live = () => liveRootOf(deps, runs, record);
    while (!(await snapshots.compact(record.id, live, progress, signal))) await deps.wait(pause, signal);
  } catch (error) {
    if (!signal.aborted)
      deps.log.warn({ instance: record.name, err: error }, "what removed snapshots left was not merged");
  }
}
