/** Brings an increment into an instance that has what it goes on from. */
import { type InstanceBackupIndex, LodgeError } from "@lodge/api";
import { type InstanceDependencies, instanceUrl, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import { withoutFresh } from "../instances/fresh.ts";
import { shortId } from "../instances/identity.ts";
import { InstanceRecords } from "../instances/records.ts";
import { requireStopped } from "../instances/removal.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import { checkRevision, expandRevision } from "../instances/update.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { compactRoot } from "../snapshots/compaction.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { checkSnapshotName, instanceOwner } from "../snapshots/names.ts";
import { requireWhole } from "../snapshots/pending.ts";
import { presentSnapshots, snapshotContent } from "../snapshots/records.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import type { BackupReading } from "./archives.ts";
import { withoutNotes } from "./identity.ts";
import { StateImport } from "./import-root.ts";
import { requireBase } from "./increment.ts";

/** The instance becomes what the increment says; what it was since the snapshot is lost. Identity and addresses stay. */
export async function importIncrement(
  deps: InstanceDependencies,
  runs: Runs,
  project: string,
  reading: BackupReading<InstanceBackupIndex>,
  name: string,
): Promise<RunningOperation> {
  const owner = await new InstanceRecords(deps.store).get(project, name);
  requireStopped(name, runs.isRunning(owner.id));
  requireBase(owner, await presentSnapshots(deps.store, owner), reading.index);
  const resources = { instances: [instanceUrl(name)] };
  const operation = await deps.operations.begin(
    { description: "Importing increment", resources, project },
    async (context) => {
      await deps.lock.run(owner.id, () => bringIn(deps, runs, owner, reading, context));
      // What was put by left a layer behind.
      await compactRoot(deps, runs, owner, () => undefined, context.signal);
      return undefined;
    },
  );
  void operation.done.then(() => reading[Symbol.asyncDispose]());
  return operation;
}

/**
 * What the instance holds is put by as a snapshot first, which its record says is still to be restored: whatever ends this in the middle,
 * the next daemon goes back to it.
 */
async function bringIn(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  reading: BackupReading<InstanceBackupIndex>,
  context: OperationContext,
): Promise<void> {
  const { store, events } = deps;
  requireStopped(owner.name, runs.isRunning(owner.id));
  const before = await requirePresent(deps, owner);
  requireUsable(before);
  const base = requireBase(before, await presentSnapshots(store, before), reading.index);
  const { devices } = await new InstanceRecords(store).expand(before);
  const request = rootRequest(before, readRootDisk(`instance ${before.name}`, devices).size);
  const pool = poolOf(deps, before.pool);
  const putBy = await claimPlace(deps, before, reading);
  const states = new StateImport(deps, before, request, { made: true, life: "creating" });
  const forget = async ({ id }: SnapshotRecord) => {
    await pool.snapshots.remove({ root: before.id, snapshot: id });
    await store.snapshots.remove(id);
  };
  let isPutBy = false;
  context.undo("instance", async () => {
    for (const snapshot of states.kept) await forget(snapshot);
    if (isPutBy) await pool.snapshots.restore(request, putBy.id);
    await store.instances.put(before);
    await forget(putBy);
  });
  await pool.snapshots.create({ root: before.id, snapshot: putBy.id });
  isPutBy = true;
  await store.snapshots.put({ ...putBy, life: "present" });
  await store.instances.put({ ...before, pending: { kind: "restore", snapshot: putBy.id } });
  await pool.snapshots.restore(request, base.id);
  await states.takeAll(reading, context);
  const after = await revised(deps, before, reading);
  for (const snapshot of states.kept) await store.snapshots.put({ ...snapshot, life: "present" });
  // Its root is not its image's any more, if it was.
  await store.instances.put(withoutFresh(after));
  await forget(putBy);
  events.lifecycle("instance-updated", instanceUrl(before.name), {}, before.project);
}

function requireUsable(record: InstanceRecord): void {
  requireWhole(record);
  if (!record.state) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${record.name}" is stopped with its memory, which is of the disk that it has; give it up first ("lodge start ${record.name} --stateless").`,
  });
}

/** A name, and an id, for what is put by. Clients see it, if only for the time of the import. */
function claimPlace(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  { index }: BackupReading<InstanceBackupIndex>,
): Promise<SnapshotRecord> {
  return deps.choosing.run(async () => {
    const others = await deps.store.snapshots.of(owner.id);
    for (const { name } of index.snapshots) checkSnapshotName(instanceOwner(owner), name, others);
    const taken = new Set([...others, ...index.snapshots].map(({ name }) => name));
    let name = "before-import";
    for (let count = 2; taken.has(name); count++) name = `before-import-${count}`;
    const id = shortId(deps.newUuid()) as string as SnapshotId;
    const snapshot: SnapshotRecord = {
      id,
      instance: owner.id,
      name,
      ...snapshotContent(owner),
      life: "creating",
      createdAt: deps.now(),
    };
    await deps.store.snapshots.put(snapshot);
    return snapshot;
  });
}

/** The configuration, devices and profiles that the increment says, checked as a user's change is. */
async function revised(
  deps: InstanceDependencies,
  before: InstanceRecord,
  { index: { instance } }: BackupReading<InstanceBackupIndex>,
): Promise<InstanceRecord> {
  const { "volatile.base_image": _same, ...config } = withoutNotes(instance.config ?? {});
  const revision = await checkRevision(deps, before, {
    description: instance.description ?? before.description,
    config,
    devices: instance.devices ?? {},
    profiles: await new InstanceRecords(deps.store).profiles(before.project, instance.profiles ?? before.profiles),
    ephemeral: instance.ephemeral ?? before.ephemeral,
  });
  return deps.choosing.run(async () => expandRevision(before, revision).record);
}
