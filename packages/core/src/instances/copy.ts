import type { OperationContext } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { liveRootOf } from "../snapshots/live-root.ts";
import { requireWhole } from "../snapshots/pending.ts";
import { findSnapshot, keptSnapshotIdentity, presentSnapshots, withoutIdentity } from "../snapshots/records.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { type InstanceDependencies, poolOf } from "./dependencies.ts";
import { inPool } from "./devices/root-pool.ts";
import { shortId } from "./identity.ts";
import { copyContent } from "./metadata/content.ts";
import type { CopyOrigin } from "./origin.ts";
import { InstanceRecords } from "./records.ts";
import type { Runs } from "./runs.ts";
import { transferRoot } from "./transfer.ts";

/** Copies root and snapshots of an instance, running or not, to one that is being made. The caller holds the latter's lock. */
export async function copyInstance(
  deps: InstanceDependencies,
  runs: Runs,
  origin: CopyOrigin,
  record: InstanceRecord,
  request: RootRequest,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  await deps.lock.run(origin.from.id, async () => {
    const from = await requirePresent(deps, origin.from);
    requireWhole(from);
    const snapshot = origin.snapshot && (await findSnapshot(deps.store, from, origin.snapshot.name));
    const live = snapshot ? undefined : liveRootOf(deps, runs, from);
    const along = origin.withSnapshots ? await presentSnapshots(deps.store, from) : [];
    const copies = along.map((each) => ({ of: each.id, copy: copyOf(deps, each, record) }));
    const to = poolOf(deps, record.pool);
    if (record.pool !== from.pool) {
      const snapshots = copies.map(({ of, copy }) => ({ of, as: copy.id }));
      const moment = { ...(snapshot && { snapshot: snapshot.id }), ...(live && { live }) };
      await transferRoot(deps, { from, ...moment, snapshots, to, request }, context);
    } else
      await to.copyRoot(
        {
          from: from.id,
          snapshots: new Map(copies.map(({ of, copy }) => [of, copy.id])),
          ...(snapshot && { snapshot: snapshot.id }),
          ...(live && { live }),
        },
        request,
      );
    await copyContent(deps.store, from, record);
    for (const { copy } of copies) await deps.store.snapshots.put(await inPoolOf(deps, copy, from, record));
  });
}

/** A snapshot is restored into the pool that its instance lies in. */
async function inPoolOf(
  deps: InstanceDependencies,
  snapshot: SnapshotRecord,
  from: InstanceRecord,
  record: InstanceRecord,
): Promise<SnapshotRecord> {
  if (record.pool === from.pool) return snapshot;
  const { devices } = await new InstanceRecords(deps.store).expand(record);
  return { ...snapshot, devices: inPool(snapshot.devices, devices, record.pool) };
}

/** Without its state: that is of another machine. */
function copyOf(deps: InstanceDependencies, record: SnapshotRecord, { id }: InstanceRecord): SnapshotRecord {
  const { state: _of, ...snapshot } = record;
  return {
    ...snapshot,
    id: shortId(deps.newUuid()) as string as SnapshotId,
    instance: id,
    config: { ...withoutIdentity(snapshot.config), ...keptSnapshotIdentity(snapshot.config) },
  };
}
