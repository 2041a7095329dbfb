import type { Readable } from "node:stream";
import {
  type Config,
  isTrue,
  LodgeError,
  type StorageVolume,
  type StorageVolumeCreate,
  type StorageVolumePut,
  type StorageVolumeState,
} from "@lodge/api";
import type { GuestFiles } from "../instances/driver.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { requireAllowed } from "../projects/allowed.ts";
import type { VolumeImport, VolumePlace, VolumeService } from "../services.ts";
import { snapshotVolume } from "../storage/snapshot-volume.ts";
import type { VolumeRecord } from "../store.ts";
import { type ImportedVolume, importVolume } from "./backup/import.ts";
import { removeVolumeBackups } from "./backup/recovery.ts";
import { announceVolume, claimVolume, makeClaimed, requireFreeName, settleClaimed } from "./claims.ts";
import { checkVolumeConfig, checkVolumeName, volumeSize, withoutEmpty } from "./configuration.ts";
import { copyVolume, planCopy } from "./copy.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findOptionalVolume, findVolume, presentVolumes, type VolumeName, volumeRequest, volumesOf } from "./find.ts";
import { applySize } from "./growth.ts";
import { moveVolume, requireNoBackups } from "./move.ts";
import { refreshVolume } from "./refresh.ts";
import { renderVolume, renderVolumeSnapshot, volumeResources } from "./render.ts";
import { requireUnused, usersIn, usersOf } from "./users.ts";

/** The custom volumes of storage pools. */
export class Volumes implements VolumeService {
  readonly #deps: VolumeDependencies;

  constructor(deps: VolumeDependencies) {
    this.#deps = deps;
  }

  async list(project: string, pool: string): Promise<StorageVolume[]> {
    volumesOf(this.#deps, pool);
    const { store } = this.#deps;
    const records = await presentVolumes(store, { pool, project });
    if (records.length === 0) return [];
    const [users, snapshots] = await Promise.all([usersIn(store, project), store.volumeSnapshots.list()]);
    const present = snapshots.filter(({ life }) => life === "present");
    const kept = Map.groupBy(present, (snapshot) => snapshot.volume);
    return records.flatMap((record) => {
      const volume = renderVolume(record, users(record));
      const beside = kept.get(record.id) ?? [];
      return [volume, ...beside.map((each) => snapshotVolume(volume, renderVolumeSnapshot(record, each)))];
    });
  }

  async get(volume: VolumeName): Promise<StorageVolume> {
    return this.#render(await findVolume(this.#deps.store, volume));
  }

  async state(volume: VolumeName): Promise<StorageVolumeState> {
    const record = await findVolume(this.#deps.store, volume);
    const used = await volumesOf(this.#deps, record.pool).usage(record.id);
    return { usage: { used, total: volumeSize(record) ?? 0 } };
  }

  async create(project: string, pool: string, request: StorageVolumeCreate): Promise<RunningOperation | undefined> {
    if (request.type && request.type !== "custom") {
      throw new LodgeError({
        code: "request_invalid",
        message: `Volumes of type "${request.type}" come with instances and images; only custom ones are made.`,
      });
    }
    const { source } = request;
    if (source?.type === "copy") return this.#beginCopy(project, pool, request);
    if (source?.type === "migration") {
      throw new LodgeError({ code: "not_supported", message: "Of another server volumes come by migrations alone." });
    }
    const contentType = request.content_type || "filesystem";
    if (contentType === "iso") {
      throw new LodgeError({
        code: "request_invalid",
        message: `An ISO volume is made of a file: "lodge storage volume import ${pool} FILE ${request.name} --type iso".`,
      });
    }
    const { name, description, config } = request;
    const record = await claimVolume(this.#deps, { ...fresh(pool, project, name, description, config), contentType });
    await makeClaimed(this.#deps, record, () => volumesOf(this.#deps, pool).create(volumeRequest(record)));
    return undefined;
  }

  async import(project: string, pool: string, { name, staging, file }: VolumeImport): Promise<RunningOperation> {
    let record: VolumeRecord;
    try {
      record = await claimVolume(this.#deps, {
        ...fresh(pool, project, name, undefined, undefined),
        contentType: "iso",
      });
    } catch (error) {
      await staging.dispose();
      throw error;
    }
    const { operations } = this.#deps;
    const about = { description: "Importing volume", resources: volumeResources(record), project, cancellable: false };
    return operations.begin(about, async () => {
      try {
        const made = () => volumesOf(this.#deps, pool).create(volumeRequest(record), { kind: "path", path: file });
        await makeClaimed(this.#deps, record, made);
      } finally {
        await staging.dispose();
      }
      return undefined;
    });
  }

  importBackup(project: string, pool: string, stream: Readable, name: string | undefined): Promise<RunningOperation> {
    const claim = (volume: ImportedVolume) => claimVolume(this.#deps, { ...volume, pool, project });
    const settle = (volume: VolumeRecord) => settleClaimed(this.#deps, volume);
    return importVolume(this.#deps, { project, stream, name, claim, settle });
  }

  async update(wanted: VolumeName, change: (volume: StorageVolume) => StorageVolumePut): Promise<void> {
    const { id } = await findVolume(this.#deps.store, wanted);
    const { store, choosing, volumeLock } = this.#deps;
    await volumeLock.run(id, async () => {
      const before = await findVolume(store, wanted);
      const put = change(await this.#render(before));
      const config = withoutEmpty(put.config ?? {});
      checkVolumeConfig(before.name, before.contentType, config);
      await requireStillShared(this.#deps, before, config);
      requireNoShrinking(before, config);
      const after = { ...before, description: put.description ?? "", config };
      // The record comes first: what an interruption leaves undone is done at the next start.
      await choosing.run(async () => {
        await requireAllowed(store, wanted.project, { volumes: [after] });
        await store.volumes.put(after);
      });
      try {
        if (volumeSize(after) !== volumeSize(before)) await applySize(this.#deps, after);
      } catch (error) {
        await store.volumes.put(before);
        throw error;
      }
    });
    announceVolume(this.#deps, "updated", wanted);
  }

  files(volume: VolumeName): Promise<GuestFiles> {
    return this.#deps.volumeFiles.open(this.#deps, volume);
  }

  /** Only of one that nobody has: they call it by its name. */
  async rename(wanted: VolumeName, to: string): Promise<void> {
    checkVolumeName(to);
    const { store, choosing, volumeLock } = this.#deps;
    const { id } = await findVolume(store, wanted);
    await volumeLock.run(id, () =>
      choosing.run(async () => {
        const before = await findVolume(store, wanted);
        await requireFreeName(this.#deps, { ...wanted, name: to });
        requireUnused(wanted, await usersOf(store, wanted), "renamed");
        await store.volumes.put({ ...before, name: to });
      }),
    );
    announceVolume(this.#deps, "renamed", { ...wanted, name: to }, { old_name: wanted.name });
  }

  /** To another pool or project, with its snapshots. Only of one that nobody has, as for a new name. */
  async move(wanted: VolumeName, place: VolumePlace): Promise<RunningOperation> {
    const { store, operations, volumeLock } = this.#deps;
    const source = await findVolume(store, wanted);
    requireUnused(wanted, await usersOf(store, wanted), "moved");
    await requireNoBackups(this.#deps, source);
    const to = { project: source.project, ...place };
    if (to.pool === source.pool) return this.#hand(source, to);
    const { description, config, contentType } = source;
    const { pool, project, name } = to;
    const going = project === source.project ? source : undefined;
    const record = await claimVolume(this.#deps, { pool, project, name, description, config, contentType }, going);
    const about = { description: "Moving volume", resources: volumeResources(record), project };
    return operations.begin(about, async (context) => {
      context.undo("record", () => store.volumes.remove(record.id));
      await volumeLock.run(source.id, () => moveVolume(this.#deps, source, record, context));
      // It is there now: what is left of the other goes, at the latest at the next start.
      await volumesOf(this.#deps, source.pool)
        .remove(source.id)
        .then(() => store.volumes.remove(source.id))
        .catch((err: unknown) => this.#deps.log.warn({ volume: wanted.name, err }, "what a move left was not removed"));
      const url = { old_name: `${wanted.pool}/${wanted.name}` };
      announceVolume(this.#deps, "renamed", record, url);
      return undefined;
    });
  }

  /** To another project: it stays where it lies, and whoever has its files open does so no longer. */
  #hand(source: VolumeRecord, to: VolumeName): Promise<RunningOperation> {
    const { store, choosing, operations, volumeLock, volumeFiles } = this.#deps;
    checkVolumeName(to.name);
    const { project, name } = to;
    const about = { description: "Moving volume", resources: volumeResources(to), project, cancellable: false };
    return operations.begin(about, async () => {
      await volumeLock.run(source.id, () =>
        choosing.run(async () => {
          const before = await findVolume(store, source);
          await requireFreeName(this.#deps, to);
          requireUnused(source, await usersOf(store, source), "moved");
          const after = { ...before, project, name };
          await requireAllowed(store, project, { volumes: [after] });
          await volumeFiles.end(source.id);
          await store.volumes.put(after);
        }),
      );
      announceVolume(this.#deps, "renamed", to, { old_name: source.name, old_project: source.project });
      return undefined;
    });
  }

  async delete(wanted: VolumeName): Promise<void> {
    const { store, choosing, volumeLock } = this.#deps;
    const { id } = await findVolume(store, wanted);
    await volumeLock.run(id, async () => {
      await choosing.run(async () => {
        const record = await findVolume(store, wanted);
        requireUnused(wanted, await usersOf(store, wanted), "deleted");
        await store.volumes.put({ ...record, life: "deleting" });
      });
      await this.#deps.volumeFiles.end(id);
      await removeVolumeBackups(this.#deps, id);
      await volumesOf(this.#deps, wanted.pool).remove(id);
      await store.volumes.remove(id);
    });
    announceVolume(this.#deps, "deleted", wanted);
  }

  async #beginCopy(project: string, pool: string, request: StorageVolumeCreate): Promise<RunningOperation> {
    const plan = await planCopy(this.#deps, project, pool, request);
    const target =
      request.source?.refresh === true &&
      (await findOptionalVolume(this.#deps.store, { pool, project, name: request.name }));
    if (target) return refreshVolume(this.#deps, plan, target);
    const { description, config, contentType } = plan;
    const wanted = { ...fresh(pool, project, request.name, description, config), contentType };
    const record = await claimVolume(this.#deps, wanted);
    const about = { description: "Copying volume", resources: volumeResources(record), project };
    return this.#deps.operations.begin(about, async (context) => {
      await copyVolume(this.#deps, plan, record, context);
      await settleClaimed(this.#deps, record);
      return undefined;
    });
  }

  async #render(record: VolumeRecord): Promise<StorageVolume> {
    return renderVolume(record, await usersOf(this.#deps.store, record));
  }
}

function fresh(
  pool: string,
  project: string,
  name: string,
  description: string | null | undefined,
  config: Config | null | undefined,
) {
  return { pool, project, name, description: description ?? "", config: withoutEmpty(config ?? {}) };
}

function requireNoShrinking(before: VolumeRecord, config: Config): void {
  const [was = 0, wanted = 0] = [before, { ...before, config }].map(volumeSize);
  if (before.contentType !== "block" || wanted >= was) return;
  throw new LodgeError({
    code: "config_value_invalid",
    message: `Volume "${before.name}" cannot shrink from ${was} to ${wanted} bytes: a disk only grows. Copy what is on it to a smaller one.`,
  });
}

/** Refuses to make a disk one instance's alone that several have. */
async function requireStillShared({ store }: VolumeDependencies, before: VolumeRecord, config: Config): Promise<void> {
  if (before.contentType !== "block" || !isShared(before.config) || isShared(config)) return;
  const { instances } = await usersOf(store, before);
  if (instances.length < 2) return;
  const names = instances.map(({ record }) => record.name).join(", ");
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${before.name}" is a disk of several instances (${names}), for which security.shared must stay true.`,
  });
}

const isShared = (config: Config): boolean => isTrue(config["security.shared"]);
