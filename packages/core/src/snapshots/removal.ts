import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { settleStates } from "../instances/states/settle.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { snapshotUrl } from "./urls.ts";

/**
 * Removes a snapshot. The caller holds its instance's lock. Marked `deleting` first, so that an interrupted removal is finished by
 * the next daemon.
 */
export async function removeSnapshot(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  snapshot: SnapshotRecord,
): Promise<void> {
  const { id, life } = snapshot;
  await deps.store.snapshots.put({ ...snapshot, life: "deleting" });
  await poolOf(deps, owner.pool).snapshots.remove({ root: owner.id, snapshot: id });
  await deps.store.snapshots.remove(id);
  if (snapshot.state) await settleStates(deps, owner.id);
  if (life === "present")
    deps.events.lifecycle("instance-snapshot-deleted", snapshotUrl(owner.name, snapshot.name), {}, owner.project);
}
