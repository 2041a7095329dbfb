import type { InstanceBackupIndex } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { OperationContext } from "../operations/operation.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import type { BackupReading } from "./archives.ts";
import { importedSnapshot } from "./imported-snapshot.ts";
import { noStreams, requireForm } from "./streams.ts";
import { takeStates } from "./take-states.ts";

/** As `importRoot`, of a backup that was made with `--optimized-storage`. */
export async function importStreams(
  deps: InstanceDependencies,
  reading: BackupReading<InstanceBackupIndex>,
  record: InstanceRecord,
  request: RootRequest,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const pool = poolOf(deps, record.pool);
  await requireForm(pool, record.pool, reading.index);
  if (!pool.streams) throw noStreams(record.pool);
  await using receiver = pool.streams.receive(request);
  await takeStates(reading, pool, signal, async (state) => {
    report({ create_instance_from_backup_progress: `Receive: ${state.snapshot ?? record.name}` });
    const snapshot =
      state.snapshot === undefined ? undefined : await importedSnapshot(deps, record, reading.index, state.snapshot);
    await state.writeTo({ kind: "stream", take: (stream) => receiver.take(stream, snapshot?.id) });
    if (snapshot) await deps.store.snapshots.put(snapshot);
  });
}
