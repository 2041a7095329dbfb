import { type InstancePut, LodgeError } from "@lodge/api";
import { type InstanceDependencies, instanceUrl, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import { toRestart } from "../instances/life/restarting.ts";
import { InstanceRecords } from "../instances/records.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import { settleStates } from "../instances/states/settle.ts";
import { checkRevision, expandRevision, type Revision } from "../instances/update.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { InstanceRecord, SnapshotRecord, StateRecord } from "../store.ts";
import { requirePresent } from "./creation.ts";
import { restoredSnapshot } from "./names.ts";
import { findSnapshot, withoutIdentity } from "./records.ts";
import { snapshotResources } from "./urls.ts";

/**
 * Makes an instance what it was: root, configuration, devices and profiles; its identity and addresses stay. One that runs is
 * ended at once, what it does is lost anyway, and started again. With `stateful` it then holds the snapshot's state, as if it had been
 * stopped with it, and is started in any case.
 */
export async function restoreInstance(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  change: Pick<InstancePut, "stateful"> & { readonly restore: string },
): Promise<RunningOperation> {
  const name = restoredSnapshot(owner, change.restore);
  const snapshot = await findSnapshot(deps.store, owner, name);
  const stateful = change.stateful === true;
  if (stateful) requireState(owner, snapshot);
  await restoredRevision(deps, owner, snapshot);
  const { operations, lock, events } = deps;
  const { id, project } = owner;
  return operations.begin(
    {
      description: "Restoring snapshot",
      resources: snapshotResources(owner.name, name),
      project,
      cancellable: false,
    },
    async (context) => {
      const ran = runs.isRunning(id);
      let restored = false;
      if (ran) {
        await runs.stop(id, { force: true, timeout: 0, fate: "restart" });
        context.undo("run", () => (restored ? Promise.resolve() : runs.startAgain(id, context.signal)));
      }
      await lock.run(id, () => restoreRoot(deps, runs, owner, snapshot, stateful));
      restored = true;
      events.lifecycle("instance-restored", instanceUrl(owner.name), { snapshot: name }, project);
      if (ran || stateful) await runs.startAgain(id, context.signal);
      return undefined;
    },
  );
}

/** The record comes first and says that its root is still to follow: see `finishPending`. The caller holds the lock. */
async function restoreRoot(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  { name }: SnapshotRecord,
  stateful: boolean,
): Promise<void> {
  const { store, choosing } = deps;
  if (runs.isRunning(owner.id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${owner.name}" was started meanwhile; restore it again.`,
    });
  }
  const before = await requirePresent(deps, owner);
  const snapshot = await findSnapshot(store, before, name);
  const after = await choosing.run(async () => {
    const expanded = expandRevision(before, await restoredRevision(deps, before, snapshot));
    const { state: _own, ...rest } = expanded.record;
    const begins = stateful && { ...toRestart(rest), wanted: true, state: requireState(before, snapshot) };
    const record: InstanceRecord = { ...rest, ...begins };
    await store.instances.put({ ...record, pending: { kind: "restore", snapshot: snapshot.id } });
    return { ...expanded, record };
  });
  try {
    const { size } = readRootDisk(`instance ${owner.name}`, after.devices);
    await poolOf(deps, before.pool).snapshots.restore(rootRequest(before, size), snapshot.id);
  } catch (error) {
    await store.instances.put(before);
    throw error;
  }
  const { pending: _done, ...record } = after.record;
  await store.instances.put(record);
  if (before.state) await settleStates(deps, owner.id);
}

function requireState(owner: InstanceRecord, { name, state }: SnapshotRecord): StateRecord {
  if (state) return state;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Snapshot "${name}" of "${owner.name}" holds no memory and devices; restore it without "stateful".`,
  });
}

/** Refuses what the instance cannot be any more: a profile, a network, a source that is gone. */
async function restoredRevision(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  { description, config, devices, profiles, ephemeral }: SnapshotRecord,
): Promise<Revision> {
  const { "volatile.base_image": _same, ...own } = withoutIdentity(config);
  return checkRevision(deps, owner, {
    description,
    config: own,
    devices,
    profiles: await new InstanceRecords(deps.store).profiles(owner.project, profiles),
    ephemeral,
  });
}
