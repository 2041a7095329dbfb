/** Makes a volume of a backup, while that comes. */
import type { Readable } from "node:stream";
import { type Config, findVolumeKey, LodgeError, type VolumeBackupIndex, type VolumeContentType } from "@lodge/api";
import type { BackupReading, BackupState } from "../../backups/archives.ts";
import { noStreams, requireForm } from "../../backups/streams.ts";
import { requireSnapshotName, takeStates, timeOf } from "../../backups/take-states.ts";
import { poolOf } from "../../instances/dependencies.ts";
import { shortId } from "../../instances/identity.ts";
import type { OperationContext, RunningOperation } from "../../operations/operation.ts";
import type { SnapshotId } from "../../storage/snapshots.ts";
import type { StateReceiver } from "../../storage/streams.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../../store.ts";
import { volumeSize } from "../configuration.ts";
import type { VolumeDependencies } from "../dependencies.ts";
import { snapshotsOf, volumesOf } from "../find.ts";
import { volumeResources } from "../render.ts";
import { type Renewed, renewVolume, requireRenewable } from "../renew.ts";
import { volumeContent } from "./still.ts";

/** What a volume is to be, as far as a backup of it says that. */
export type ImportedVolume = Pick<VolumeRecord, "name" | "description" | "config" | "contentType">;

export interface VolumeImporting {
  readonly project: string;
  readonly stream: Readable;
  /** Missing or empty: as the backup says. */
  readonly name: string | undefined;
  /** Takes a name by a record that says `creating`. */
  claim(volume: ImportedVolume): Promise<VolumeRecord>;
  /** Once all of it is there, and on disk. */
  settle(volume: VolumeRecord): Promise<void>;
}

export async function importVolume(deps: VolumeDependencies, importing: VolumeImporting): Promise<RunningOperation> {
  const reading = await deps.archives.read(importing.stream);
  try {
    requireOfVolume(reading);
    const record = await importing.claim(readVolume(reading.index, importing.name));
    const about = { description: "Importing volume", resources: volumeResources(record), project: importing.project };
    const operation = await deps.operations.begin(about, async (context) => {
      await importing.settle(await fillVolume(deps, record, reading, context));
      return undefined;
    });
    void operation.done.then(() => reading[Symbol.asyncDispose]());
    return operation;
  } catch (error) {
    await reading[Symbol.asyncDispose]();
    throw error;
  }
}

/** As a part of an operation that has begun; `wanted` holds instead of what the backup says. */
export async function importVolumeIn(
  deps: VolumeDependencies,
  { stream, name, claim, settle }: Omit<VolumeImporting, "project">,
  wanted: Partial<ImportedVolume>,
  context: OperationContext,
): Promise<void> {
  await using reading = await deps.archives.read(stream);
  requireOfVolume(reading);
  const volume = readVolume(reading.index, name);
  if (wanted.contentType !== undefined && wanted.contentType !== volume.contentType) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volume "${reading.index.name}" is one of content ${volume.contentType}, and not ${wanted.contentType}.`,
    });
  }
  const record = await claim({ ...volume, ...wanted });
  await settle(await fillVolume(deps, record, reading, context));
}

/** As a part of an operation that has begun: an earlier copy becomes what comes. */
export async function renewOf(
  deps: VolumeDependencies,
  { target, volumeOnly }: { readonly target: VolumeRecord; readonly volumeOnly: boolean },
  stream: Readable,
  context: OperationContext,
): Promise<void> {
  await using reading = await deps.archives.read(stream);
  requireOfVolume(reading);
  await requireRenewable(deps, target, reading.index.volume.content_type);
  const make = async (claimed: VolumeRecord): Promise<Renewed> => {
    const made = await new VolumeFilling(deps, claimed, reading.index).takeAll(reading, context);
    const brought = await snapshotsOf(deps.store, made);
    const names = new Set(brought.map(({ name }) => name));
    const own = volumeOnly ? await snapshotsOf(deps.store, target) : [];
    return { made, kept: own.filter(({ name }) => !names.has(name)), brought };
  };
  await renewVolume(deps, { target, make }, context);
}

async function fillVolume(
  deps: VolumeDependencies,
  record: VolumeRecord,
  reading: BackupReading<VolumeBackupIndex>,
  context: OperationContext,
): Promise<VolumeRecord> {
  context.undo("record", () => deps.store.volumes.remove(record.id));
  context.undo("volume", () => volumesOf(deps, record.pool).remove(record.id));
  return new VolumeFilling(deps, record, reading.index).takeAll(reading, context);
}

function requireOfVolume(reading: BackupReading): asserts reading is BackupReading<VolumeBackupIndex> {
  const { type, name } = reading.index;
  if (type === "custom") return;
  throw new LodgeError({
    code: "backup_invalid",
    message: `This is a backup of the instance "${name}", not of a volume: "lodge import FILE" makes one of it.`,
  });
}

function readVolume({ volume, name }: VolumeBackupIndex, wanted: string | undefined): ImportedVolume {
  return {
    name: wanted || name,
    description: volume.description ?? "",
    config: ownKeys(volume.content_type, volume.config ?? {}),
    contentType: volume.content_type,
  };
}

/** Without what other servers note for themselves. */
function ownKeys(content: VolumeContentType, config: Config): Config {
  const isKnown = ([key]: readonly [string, string]) => findVolumeKey(key)?.contentTypes.includes(content) === true;
  return Object.fromEntries(Object.entries(config).filter(isKnown));
}

/** Writes states into a new volume, each kept as a snapshot before the next is written over it. */
class VolumeFilling {
  readonly #deps: VolumeDependencies;
  readonly #index: VolumeBackupIndex;
  #record: VolumeRecord;
  /** Bytes that a disk has by now. */
  #size: number | undefined;
  #made = false;

  constructor(deps: VolumeDependencies, record: VolumeRecord, index: VolumeBackupIndex) {
    this.#deps = deps;
    this.#record = record;
    this.#index = index;
  }

  /** What the volume has become. */
  async takeAll(reading: BackupReading, context: OperationContext): Promise<VolumeRecord> {
    const { pool, name } = this.#record;
    await using receiver = this.#index.optimized ? await this.#receiver() : undefined;
    await takeStates(reading, poolOf(this.#deps, pool), context.signal, async (state) => {
      context.report({ create_volume_from_backup_progress: `Unpack: ${state.snapshot ?? name}` });
      await (receiver ? this.#receive(state, receiver) : this.#take(state));
    });
    if (receiver) await this.#limit();
    const createdAt = timeOf(this.#index.volume.created_at);
    return { ...(await this.#grown()), ...(createdAt && { createdAt }) };
  }

  async #receiver(): Promise<StateReceiver> {
    const { id, pool, contentType: content } = this.#record;
    await requireForm(poolOf(this.#deps, pool), pool, this.#index);
    const { streams } = volumesOf(this.#deps, pool);
    if (!streams) throw noStreams(pool);
    return streams.receive({ id, content });
  }

  async #receive(state: BackupState, receiver: StateReceiver): Promise<void> {
    const snapshot = state.snapshot === undefined ? undefined : this.#snapshot(state.snapshot);
    await state.writeTo({ kind: "stream", take: (stream) => receiver.take(stream, snapshot?.id) });
    if (snapshot) await this.#deps.store.volumeSnapshots.put(snapshot);
  }

  async #take(state: BackupState): Promise<void> {
    const { id, pool, contentType } = this.#record;
    const volumes = volumesOf(this.#deps, pool);
    await this.#makeRoom(state.size);
    await state.writeTo(volumeContent(contentType, await volumes.path(id)));
    if (state.snapshot !== undefined) await this.#keep(state.snapshot);
  }

  async #makeRoom(size: number | undefined): Promise<void> {
    const { id, pool, contentType: content } = this.#record;
    const volumes = volumesOf(this.#deps, pool);
    if (content === "filesystem") {
      if (!this.#made) await this.#makeDirectory();
    } else {
      const request = { id, content, size: Math.max(size ?? 0, this.#size ?? 0) };
      if (!this.#made) await volumes.create(request);
      else if (request.size !== this.#size) await volumes.resize(request);
      this.#size = request.size;
    }
    this.#made = true;
  }

  async #makeDirectory(): Promise<void> {
    const { id, pool } = this.#record;
    await this.#asLimited((size) => volumesOf(this.#deps, pool).create({ id, content: "filesystem", ...size }));
  }

  /** Of what came without a limit. */
  async #limit(): Promise<void> {
    const { id, pool } = this.#record;
    if (volumeSize(this.#record) === undefined) return;
    await this.#asLimited((size) => volumesOf(this.#deps, pool).resize({ id, content: "filesystem", ...size }));
  }

  /** A limit that this pool cannot keep does not stand between the user and what the backup holds. */
  async #asLimited(make: (limit: { readonly size?: number }) => Promise<void>): Promise<void> {
    const { pool, name, config } = this.#record;
    const size = volumeSize(this.#record);
    try {
      await make(size === undefined ? {} : { size });
    } catch (error) {
      if (size === undefined || !(error instanceof LodgeError) || error.code !== "pool_size_unsupported") throw error;
      this.#deps.log.warn({ pool, volume: name, size }, "the imported volume is not limited in size: its pool cannot");
      const { size: _limit, ...unlimited } = config;
      this.#record = { ...this.#record, config: unlimited };
      await make({});
    }
  }

  async #keep(name: string): Promise<void> {
    const { id: volume, pool } = this.#record;
    const snapshot = this.#snapshot(name);
    await volumesOf(this.#deps, pool).keep({ volume, snapshot: snapshot.id });
    await this.#deps.store.volumeSnapshots.put(snapshot);
  }

  #snapshot(name: string): VolumeSnapshotRecord {
    requireSnapshotName(name);
    const { id: volume, contentType } = this.#record;
    const said = this.#index.snapshots.find((each) => each.name === name);
    const expiresAt = timeOf(said?.expires_at);
    return {
      id: shortId(this.#deps.newUuid()) as string as SnapshotId,
      volume,
      name,
      description: said?.description ?? "",
      config: ownKeys(contentType, said?.config ?? {}),
      life: "present",
      createdAt: timeOf(said?.created_at) ?? this.#deps.now(),
      ...(expiresAt && { expiresAt }),
    };
  }

  /** A disk is as large as its configuration says, and says how large it is. */
  async #grown(): Promise<VolumeRecord> {
    const { id, pool, contentType: content, config } = this.#record;
    if (content !== "block" || this.#size === undefined) return this.#record;
    const wanted = config["size"] === undefined ? 0 : (volumeSize(this.#record) ?? 0);
    if (wanted > this.#size) await volumesOf(this.#deps, pool).resize({ id, content, size: wanted });
    return wanted >= this.#size ? this.#record : { ...this.#record, config: { ...config, size: `${this.#size}B` } };
  }
}
