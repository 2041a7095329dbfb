import {
  type InstanceSnapshot,
  LodgeError,
  type SnapshotCreate,
  type SnapshotPost,
  type SnapshotPut,
} from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { SnapshotService } from "../services.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { compactRoot } from "./compaction.ts";
import { createSnapshot } from "./creation.ts";
import { checkSnapshotName, instanceOwner } from "./names.ts";
import { findSnapshot, presentSnapshots } from "./records.ts";
import { removeSnapshot } from "./removal.ts";
import { parseExpiry, renderSnapshot } from "./render.ts";
import { snapshotResources, snapshotUrl } from "./urls.ts";

/** What users do to snapshots; restoring is done to the instance. */
export class Snapshots implements SnapshotService {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #instances: InstanceRecords;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#instances = new InstanceRecords(deps.store);
  }

  async list(project: string, instance: string): Promise<InstanceSnapshot[]> {
    const owner = await this.#instances.get(project, instance);
    return this.#withSizes(owner, await presentSnapshots(this.#deps.store, owner));
  }

  async get(project: string, instance: string, name: string): Promise<InstanceSnapshot> {
    const { owner, snapshot } = await this.#find(project, instance, name);
    const [rendered] = await this.#withSizes(owner, [snapshot]);
    return rendered ?? renderSnapshot(snapshot, await this.#instances.profilesOf(project));
  }

  async create(project: string, instance: string, request: SnapshotCreate): Promise<RunningOperation> {
    return createSnapshot(this.#deps, this.#runs, await this.#instances.get(project, instance), request);
  }

  async update(project: string, instance: string, name: string, change: SnapshotPut): Promise<RunningOperation> {
    const { owner, snapshot } = await this.#find(project, instance, name);
    return this.#change("Updating snapshot", owner, snapshot, async (current) => {
      if (change.expires_at !== undefined) {
        const { expiresAt: _before, ...rest } = current;
        const expiresAt = parseExpiry(change.expires_at);
        await this.#deps.store.snapshots.put({ ...rest, ...(expiresAt && { expiresAt }) });
      }
      this.#announce("instance-snapshot-updated", owner, current.name);
    });
  }

  async rename(project: string, instance: string, name: string, request: SnapshotPost): Promise<RunningOperation> {
    const { owner, snapshot } = await this.#find(project, instance, name);
    if (request.migration) {
      throw new LodgeError({
        code: "not_supported",
        message: `Snapshot "${name}" of "${instance}" cannot be moved to another server; copy it to an instance here.`,
      });
    }
    const check = async () =>
      checkSnapshotName(instanceOwner(owner), request.name, await this.#deps.store.snapshots.of(owner.id));
    await check();
    return this.#change("Renaming snapshot", owner, snapshot, async (current) => {
      await this.#deps.choosing.run(async () => {
        await check();
        await this.#deps.store.snapshots.put({ ...current, name: request.name });
      });
      this.#announce("instance-snapshot-renamed", owner, request.name, { old_name: name });
    });
  }

  async delete(project: string, instance: string, name: string): Promise<RunningOperation> {
    const { owner, snapshot } = await this.#find(project, instance, name);
    return this.#change("Deleting snapshot", owner, snapshot, (current) => removeSnapshot(this.#deps, owner, current), {
      unlocked: ({ report, signal }) =>
        compactRoot(
          this.#deps,
          this.#runs,
          owner,
          (percent) => report({ delete_snapshot_progress: `Merging layers: ${Math.floor(percent)}%` }),
          signal,
        ),
    });
  }

  /** An operation on a snapshot that is still there when its instance's lock is had; `unlocked` follows without the lock. */
  #change(
    description: string,
    owner: InstanceRecord,
    { id, name }: SnapshotRecord,
    work: (current: SnapshotRecord) => Promise<void>,
    more: { readonly unlocked?: (context: OperationContext) => Promise<void> } = {},
  ): Promise<RunningOperation> {
    const { operations, lock, store } = this.#deps;
    return operations.begin(
      {
        description,
        resources: snapshotResources(owner.name, name),
        project: owner.project,
        cancellable: more.unlocked !== undefined,
      },
      async (context) => {
        await lock.run(owner.id, async () => {
          const current = await store.snapshots.get(id);
          if (current?.life !== "present") await findSnapshot(store, owner, name);
          else await work(current);
        });
        await more.unlocked?.(context);
        return undefined;
      },
    );
  }

  async #find(project: string, instance: string, name: string) {
    const owner = await this.#instances.get(project, instance);
    return { owner, snapshot: await findSnapshot(this.#deps.store, owner, name) };
  }

  async #withSizes(owner: InstanceRecord, records: readonly SnapshotRecord[]): Promise<InstanceSnapshot[]> {
    const profiles = await this.#instances.profilesOf(owner.project);
    const sizes = await this.#deps.pools
      .get(owner.pool)
      ?.snapshots.usage(owner.id)
      .catch((err: unknown) => {
        this.#deps.log.warn({ instance: owner.name, err }, "a pool does not say what snapshots take");
        return new Map<SnapshotRecord["id"], number>();
      });
    return records.map((record) => renderSnapshot(record, profiles, sizes?.get(record.id)));
  }

  #announce(action: string, owner: InstanceRecord, name: string, context: Record<string, unknown> = {}): void {
    this.#deps.events.lifecycle(action, snapshotUrl(owner.name, name), context, owner.project);
  }
}
