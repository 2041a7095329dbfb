import type { Readable } from "node:stream";
import {
  type BackupCompression,
  type BackupCreate,
  type BackupPost,
  type InstanceBackup,
  LodgeError,
} from "@lodge/api";
import { type InstanceDependencies, instanceUrl, poolOf } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { shortId } from "../instances/identity.ts";
import { KeyedLock } from "../instances/lock.ts";
import { InstanceRecords } from "../instances/records.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { BackupService } from "../services.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { parseExpiry } from "../snapshots/render.ts";
import type { BackupRecord, InstanceRecord } from "../store.ts";
import { type Frozen, freezeCopy, holdStopped } from "./frozen.ts";
import { backupUrl, checkBackupName, findBackup, nextBackupName, presentBackups, renderBackup } from "./render.ts";
import { openSources } from "./sources.ts";

/** Backups of instances: streams that are made when they are fetched, at once or of what was put by for that. */
export class Backups implements BackupService {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #instances: InstanceRecords;
  /** A backup that is kept is read by one at a time, and not removed meanwhile. */
  readonly #fetching = new KeyedLock<InstanceId>();

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#instances = new InstanceRecords(deps.store);
  }

  async list(project: string, instance: string): Promise<InstanceBackup[]> {
    const owner = await this.#instances.get(project, instance);
    return (await presentBackups(this.#deps.store, owner)).map(renderBackup);
  }

  async get(project: string, instance: string, name: string): Promise<InstanceBackup> {
    return renderBackup((await this.#find(project, instance, name)).backup);
  }

  async create(project: string, instance: string, request: BackupCreate): Promise<RunningOperation> {
    const owner = await this.#instances.get(project, instance);
    if (request.since) {
      throw new LodgeError({
        code: "not_supported",
        message:
          'An increment is not kept here; ask for it as the answer itself (Accept: application/octet-stream), as "lodge export --since" does.',
      });
    }
    const backup = await this.#claim(owner, request);
    return this.#begin("Creating backup", owner, backup.name, async (context) => {
      const { store, events, now } = this.#deps;
      context.undo("record", () => store.backups.remove(backup.id));
      context.undo("root", () => poolOf(this.#deps, owner.pool).removeRoot(backup.id));
      const frozen = await freezeCopy(this.#deps, this.#runs, owner, backup.id, backup);
      const { root, snapshots, index } = frozen;
      const { fingerprint } = root;
      const made = { ...backup, snapshots, index, ...(fingerprint !== undefined && { fingerprint }) };
      await store.backups.put({ ...made, pool: frozen.pool, createdAt: now(), life: "present" });
      events.lifecycle("instance-backup-created", backupUrl(owner.name, backup.name), {}, project);
    });
  }

  async rename(project: string, instance: string, name: string, request: BackupPost): Promise<RunningOperation> {
    const { owner, backup } = await this.#find(project, instance, name);
    const { store, choosing, events } = this.#deps;
    const check = async () => checkBackupName(owner, request.name, await store.backups.of(owner.id));
    await check();
    return this.#begin("Renaming backup", owner, name, async () => {
      await choosing.run(async () => {
        await check();
        await store.backups.put({ ...(await findBackup(store, owner, backup.name)), name: request.name });
      });
      const context = { old_name: name };
      events.lifecycle("instance-backup-renamed", backupUrl(owner.name, request.name), context, project);
    });
  }

  async delete(project: string, instance: string, name: string): Promise<RunningOperation> {
    const { owner, backup } = await this.#find(project, instance, name);
    return this.#begin("Removing backup", owner, name, () =>
      this.#fetching.run(backup.id, async () => {
        const { store, events } = this.#deps;
        const current = await store.backups.get(backup.id);
        if (!current) return;
        await store.backups.put({ ...current, life: "deleting" });
        await poolOf(this.#deps, current.pool).removeRoot(current.id);
        await store.backups.remove(current.id);
        events.lifecycle("instance-backup-deleted", backupUrl(owner.name, current.name), {}, project);
      }),
    );
  }

  /** One that is kept. */
  async fetch(project: string, instance: string, name: string): Promise<Readable> {
    const { owner, backup } = await this.#find(project, instance, name);
    const { pool, type, fingerprint, compression } = backup;
    const root = rootRequest({ ...owner, id: backup.id, type, fingerprint: fingerprint ?? "" }, undefined);
    const { fingerprint: _none, ...bare } = root;
    const { promise: read, resolve: end } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<Readable>();
    this.#fetching
      .run(backup.id, async () => {
        const { name: current } = await findBackup(this.#deps.store, owner, backup.name);
        this.#announceFetch(owner, current);
        const frozen = { ...backup, pool, root: fingerprint === undefined ? bare : root, idBlock: owner.idBlock };
        begun.resolve(this.#write(frozen, compression, end));
        await read;
      })
      .catch(begun.reject);
    return begun.promise;
  }

  /** One that is not kept: of an instance as it is now. A stopped container stays as it is while it is read; everything else goes on. */
  async stream(project: string, instance: string, request: BackupCreate): Promise<Readable> {
    const owner = await this.#instances.get(project, instance);
    const { compression, instanceOnly } = readRequest(request);
    const increment = request.since ? { since: request.since } : {};
    this.#announceFetch(owner, "");
    if (owner.type === "container" && !request.since && !this.#runs.isRunning(owner.id)) {
      const held = await holdStopped(this.#deps, this.#runs, owner, { instanceOnly });
      return this.#write(held, compression, held.release);
    }
    const id = shortId(this.#deps.newUuid());
    const remove = () => poolOf(this.#deps, owner.pool).removeRoot(id);
    try {
      const frozen = await freezeCopy(this.#deps, this.#runs, owner, id, { instanceOnly, ...increment });
      return this.#write(frozen, compression, () => {
        remove().catch((err: unknown) => this.#deps.log.error({ instance: owner.name, err }, "a copy was not removed"));
      });
    } catch (error) {
      await remove();
      throw error;
    }
  }

  #write(frozen: Frozen, compression: BackupCompression, end: () => void): Readable {
    const sources = openSources(this.#deps, frozen);
    const stream = this.#deps.archives.write({ index: frozen.index, compression, sources });
    // Its sources are closed by then, and if none was ever asked for there is none.
    stream.once("close", end);
    return stream;
  }

  #announceFetch(owner: InstanceRecord, name: string): void {
    const url = name === "" ? instanceUrl(owner.name) : backupUrl(owner.name, name);
    this.#deps.events.lifecycle("instance-backup-retrieved", url, {}, owner.project);
  }

  /** Takes a name by a record that says `creating`. */
  #claim(owner: InstanceRecord, request: BackupCreate): Promise<BackupRecord> {
    const { store, choosing, newUuid, now } = this.#deps;
    return choosing.run(async () => {
      const current = await requirePresent(this.#deps, owner);
      const others = await store.backups.of(owner.id);
      const name = request.name || nextBackupName(others.map((other) => other.name));
      checkBackupName(owner, name, others);
      const expiresAt = parseExpiry(request.expires_at);
      const backup: BackupRecord = {
        id: shortId(newUuid()),
        instance: owner.id,
        name,
        pool: current.pool,
        type: current.type,
        ...readRequest(request),
        snapshots: [],
        index: {},
        life: "creating",
        createdAt: now(),
        ...(expiresAt && { expiresAt }),
      };
      await store.backups.put(backup);
      return backup;
    });
  }

  #begin(
    description: string,
    owner: InstanceRecord,
    name: string,
    work: (context: OperationContext) => Promise<void>,
  ): Promise<RunningOperation> {
    // LXD's clients look for the name that was chosen behind `/1.0/backups/`, where nothing is; newer ones at the end of any path.
    const resources = {
      instances: [instanceUrl(owner.name)],
      backups: [`/1.0/backups/${encodeURIComponent(name)}`],
      instances_backups: [backupUrl(owner.name, name)],
    };
    const { project } = owner;
    return this.#deps.operations.begin({ description, resources, project, cancellable: false }, async (context) => {
      await work(context);
      return undefined;
    });
  }

  async #find(project: string, instance: string, name: string) {
    const owner = await this.#instances.get(project, instance);
    return { owner, backup: await findBackup(this.#deps.store, owner, name) };
  }
}

function readRequest(request: BackupCreate): { compression: BackupCompression; instanceOnly: boolean } {
  return {
    compression: request.compression_algorithm || "zstd",
    instanceOnly: request.instance_only === true || request.container_only === true,
  };
}
