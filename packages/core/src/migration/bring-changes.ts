import { type InstanceBackupIndex, LodgeError, type MigratedSnapshot } from "@lodge/api";
import type { BackupReading } from "../backups/archives.ts";
import { StateImport } from "../backups/import-root.ts";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import type { OperationContext } from "../operations/operation.ts";
import { presentSnapshots, snapshotUuid } from "../snapshots/records.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import type { Had } from "./exchange.ts";

export interface Changes {
  /** The earlier copy. It stays as it is. */
  readonly target: InstanceRecord;
  readonly had: Had;
  readonly reading: BackupReading<InstanceBackupIndex>;
  /** What is made beside it, which has no root yet. */
  readonly record: InstanceRecord;
  readonly request: RootRequest;
}

/** Makes a root of what an earlier copy was at a snapshot, with the snapshots up to that, and of what was changed since. */
export async function bringChanges(
  deps: InstanceDependencies,
  { target, had, reading, record, request }: Changes,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const pool = poolOf(deps, record.pool);
  await deps.lock.run(target.id, async () => {
    const own = await presentSnapshots(deps.store, target);
    const copies = had.snapshots.map((each) => ({ of: ownOf(target, own, each), as: copyId(deps), name: each.name }));
    const snapshots = new Map(copies.map(({ of, as }) => [of.id, as]));
    const { id: snapshot } = ownOf(target, own, had.since);
    await pool.copyRoot({ from: target.id, snapshot, snapshots }, request);
    for (const { of, as, name } of copies) {
      // Its memory is not of what is made.
      const { state: _of, ...kept } = of;
      await deps.store.snapshots.put({ ...kept, id: as, instance: record.id, name });
    }
  });
  await new StateImport(deps, record, request, { made: true }).takeAll(reading, context);
}

const copyId = ({ newUuid }: Pick<InstanceDependencies, "newUuid">): SnapshotId =>
  shortId(newUuid()) as string as SnapshotId;

function ownOf({ name }: InstanceRecord, own: readonly SnapshotRecord[], wanted: MigratedSnapshot): SnapshotRecord {
  const found = own.find((each) => snapshotUuid(each) === wanted.uuid);
  if (found) return found;
  throw new LodgeError({
    code: "snapshot_not_found",
    message: `Snapshot "${wanted.name}" of "${name}" was deleted while that was brought up to date; do it again.`,
  });
}
