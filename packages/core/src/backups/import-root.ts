import type { InstanceBackupIndex } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { idRange } from "../instances/identity.ts";
import type { OperationContext } from "../operations/operation.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { InstanceLife, InstanceRecord, SnapshotRecord } from "../store.ts";
import type { BackupReading, BackupState } from "./archives.ts";
import { importStreams } from "./import-streams.ts";
import { importedSnapshot } from "./imported-snapshot.ts";
import { contentOf, guestIds } from "./sources.ts";
import { takeStates } from "./take-states.ts";

/**
 * Makes a root of a backup's states, the oldest first, each kept as a snapshot before the next is written over it. The caller holds the
 * instance's lock, and removes the root when this fails.
 */
export async function importRoot(
  deps: InstanceDependencies,
  reading: BackupReading<InstanceBackupIndex>,
  record: InstanceRecord,
  request: RootRequest,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  if (reading.index.optimized) return importStreams(deps, reading, record, request, context);
  const importing = new StateImport(deps, record, request);
  await importing.takeAll(reading, context);
}

export interface StateImportOptions {
  /** The root is there, and holds the state before the first. */
  readonly made?: boolean;
  /** What the snapshots are noted as: default `present`. */
  readonly life?: InstanceLife;
}

/** Writes states into a root. */
export class StateImport {
  /** The snapshots that were kept. */
  readonly kept: SnapshotRecord[] = [];
  readonly #deps: InstanceDependencies;
  readonly #record: InstanceRecord;
  readonly #life: InstanceLife;
  #request: RootRequest;
  #made: boolean;

  constructor(
    deps: InstanceDependencies,
    record: InstanceRecord,
    request: RootRequest,
    { made = false, life = "present" }: StateImportOptions = {},
  ) {
    this.#deps = deps;
    this.#record = record;
    this.#request = request;
    this.#made = made;
    this.#life = life;
  }

  async takeAll(
    reading: BackupReading<InstanceBackupIndex>,
    context: Pick<OperationContext, "report" | "signal">,
  ): Promise<void> {
    const { name, pool } = this.#record;
    const report = (snapshot = name) => context.report({ create_instance_from_backup_progress: `Unpack: ${snapshot}` });
    await takeStates(reading, poolOf(this.#deps, pool), context.signal, async (state) => {
      report(state.snapshot);
      await this.#take(state, reading);
    });
  }

  async #take(state: BackupState, reading: BackupReading<InstanceBackupIndex>): Promise<void> {
    const pool = poolOf(this.#deps, this.#record.pool);
    const { id, idBlock, type } = this.#record;
    // As large as the disk in the backup; what the configuration asks for beyond that, the first start gives.
    if (state.size !== undefined) this.#request = { ...this.#request, size: state.size };
    if (!this.#made) await pool.createRoot(this.#request);
    this.#made = true;
    const own = idRange(this.#deps.idBase, idBlock);
    try {
      const root = await pool.prepareRoot(this.#request, type === "container" ? guestIds : own);
      await state.writeTo(contentOf(root, own.base));
    } finally {
      await pool.settleRoot(id);
    }
    if (state.snapshot !== undefined) await this.#keep(state.snapshot, reading);
  }

  async #keep(name: string, { index }: BackupReading<InstanceBackupIndex>): Promise<void> {
    const snapshot = { ...(await importedSnapshot(this.#deps, this.#record, index, name)), life: this.#life };
    await poolOf(this.#deps, this.#record.pool).snapshots.create({ root: this.#record.id, snapshot: snapshot.id });
    await this.#deps.store.snapshots.put(snapshot);
    this.kept.push(snapshot);
  }
}
