import { type Devices, LodgeError } from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { readRootDisk } from "./devices/disks.ts";
import { inPool } from "./devices/root-pool.ts";
import { requireRootSize } from "./devices/root-size.ts";
import { checkInstanceName } from "./names.ts";
import { InstanceRecords } from "./records.ts";
import { takenNames } from "./rename.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";
import { requireNoState, transferRoot } from "./transfer.ts";

export interface InstanceMove {
  readonly pool: string;
  /** Missing: as it is called now. */
  readonly name?: string;
}

/** Brings a stopped instance's root, with its snapshots, to another pool; gives the instance another name, too, when asked to. */
export async function moveInstance(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  request: InstanceMove,
): Promise<RunningOperation> {
  const { id, name, project } = owner;
  poolOf(deps, request.pool);
  await requireMovable(deps, runs, owner, request.pool);
  const newName = request.name ?? name;
  if (newName !== name) checkInstanceName(newName, await takenNames(deps, project));
  return deps.operations.begin(
    { description: "Moving instance", resources: { instances: [instanceUrl(name)] }, project },
    async (context) => {
      await deps.lock.run(id, () => move(deps, runs, owner, { ...request, name: newName }, context));
      const [action, more] = newName === name ? ["updated", {}] : ["renamed", { old_name: name }];
      deps.events.lifecycle(`instance-${action}`, instanceUrl(newName), more, project);
      return undefined;
    },
  );
}

/**
 * The root in the other pool counts from the moment on at which the record names that pool: until then the next daemon removes it, from then
 * on the one in the first.
 */
async function move(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  { pool, name }: Required<InstanceMove>,
  context: OperationContext,
): Promise<void> {
  const before = await requirePresent(deps, owner);
  const { snapshots, devices, size } = await requireMovable(deps, runs, before, pool);
  const [source, to] = [poolOf(deps, before.pool), poolOf(deps, pool)];
  const request = rootRequest(before, size);
  context.undo("root", () => to.removeRoot(before.id));
  const along = snapshots.map((snapshot) => ({ of: snapshot.id, as: snapshot.id }));
  await transferRoot(deps, { from: before, snapshots: along, to, request }, context);
  await deps.choosing.run(async () => {
    const current = await requirePresent(deps, before);
    if (name !== current.name) checkInstanceName(name, await takenNames(deps, current.project));
    await deps.store.atomically(async (tables) => {
      await tables.instances.put({ ...current, name, pool, devices: inPool(current.devices, devices, pool) });
      for (const snapshot of await tables.snapshots.of(before.id))
        await tables.snapshots.put({ ...snapshot, devices: inPool(snapshot.devices, devices, pool) });
    });
  });
  // It has moved, whatever becomes of this; what is left the next daemon removes.
  await source
    .removeRoot(before.id)
    .catch((err: unknown) =>
      deps.log.warn({ instance: name, err }, "the root that an instance was moved from is left"),
    );
}

/** Refuses what cannot be moved, or not there; returns what is to be moved. */
async function requireMovable(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  pool: string,
): Promise<{ readonly snapshots: readonly SnapshotRecord[]; readonly devices: Devices; readonly size?: number }> {
  const { id, name, type } = record;
  if (record.pool === pool)
    throw new LodgeError({ code: "request_invalid", message: `Instance "${name}" lies in pool "${pool}" already.` });
  if (runs.isRunning(id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${name}" is running; stop it before it is moved to another pool, or copy it ("lodge copy ${name} NAME --storage ${pool}").`,
    });
  }
  requireWhole(record);
  requireNoState(record, "Instance");
  const snapshots = await deps.store.snapshots.of(id);
  for (const snapshot of snapshots) requireNoState(snapshot, "Snapshot");
  const { devices } = await new InstanceRecords(deps.store).expand(record);
  const owner = `instance ${name}`;
  const root = readRootDisk(owner, devices);
  await requireRootSize(deps, owner, type, { ...root, pool });
  return { snapshots, devices, ...(root.size !== undefined && { size: root.size }) };
}
