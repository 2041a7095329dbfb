import type { InstanceBackupIndex } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { idRange, shortId } from "../instances/identity.ts";
import type { OperationContext } from "../operations/operation.ts";
import { keptSnapshotIdentity } from "../snapshots/records.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceLife, InstanceRecord, SnapshotRecord } from "../store.ts";
import type { BackupReading, BackupState } from "./archives.ts";
import { ownNotes, withoutNotes } from "./identity.ts";
import { contentOf, guestIds } from "./sources.ts";
import { requireSnapshotName, takeStates, timeOf } from "./take-states.ts";

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
    const snapshot = this.#snapshot(name, index);
    await poolOf(this.#deps, this.#record.pool).snapshots.create({ root: this.#record.id, snapshot: snapshot.id });
    await this.#deps.store.snapshots.put(snapshot);
    this.kept.push(snapshot);
  }

  #snapshot(name: string, { snapshots }: InstanceBackupIndex): SnapshotRecord {
    const record = this.#record;
    const said = snapshots.find((each) => each.name === name);
    requireSnapshotName(name);
    const config = said?.config ?? {};
    const expiresAt = timeOf(said?.expires_at);
    return {
      id: shortId(this.#deps.newUuid()) as string as SnapshotId,
      instance: record.id,
      name,
      description: said?.description ?? "",
      architecture: said?.architecture ?? record.architecture,
      config: {
        ...withoutNotes(config),
        ...(config["volatile.uuid"] === record.uuid && ownNotes(config)),
        ...keptSnapshotIdentity(config),
      },
      devices: said?.devices ?? {},
      profiles: said?.profiles ?? [],
      ephemeral: said?.ephemeral ?? false,
      life: this.#life,
      createdAt: timeOf(said?.created_at) ?? this.#deps.now(),
      ...(expiresAt && { expiresAt }),
    };
  }
}
