import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { InstanceRecord } from "../store.ts";
import { compactRoot } from "./compaction.ts";

/** At daemon start, before the pools look: forgets snapshots that were being made or removed. Returns whose they were. */
export async function dropUnfinishedSnapshots(
  deps: InstanceDependencies,
  present: readonly InstanceRecord[],
): Promise<InstanceRecord[]> {
  const unfinished = (await deps.store.snapshots.list()).filter(({ life }) => life !== "present");
  for (const { id, instance, name, life } of unfinished) {
    deps.log.warn({ instance, snapshot: name, life }, "settling an unfinished snapshot");
    await deps.store.snapshots.remove(id);
  }
  const owners = new Set(unfinished.map(({ instance }) => instance));
  return present.filter(({ id }) => owners.has(id));
}

/** Not awaited: what the removed ones left is freed while the daemon serves already. */
export async function compactRoots(
  deps: InstanceDependencies,
  runs: Runs,
  owners: readonly InstanceRecord[],
): Promise<void> {
  const never = new AbortController().signal;
  for (const owner of owners) await compactRoot(deps, runs, owner, () => undefined, never);
}
