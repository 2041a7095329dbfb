import { asLodgeError } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { InstanceName } from "../instances/records.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { BackupService, SnapshotService } from "../services.ts";
import type { Store } from "../store.ts";

/** Milliseconds between looks; expiry times have no finer meaning. */
const interval = 60_000;

/** Something about snapshots that is to be done now, and whose: for the log. */
export interface TimedWork {
  readonly of: Readonly<Record<string, string>>;
  readonly begin: () => Promise<RunningOperation>;
}

/** What is due at a time. */
export type Due = (now: Date) => Promise<readonly TimedWork[]>;

type Dependencies = Pick<InstanceDependencies, "now" | "wait" | "log">;

/** Deletes snapshots and backups when their time has come, until the signal is aborted. Never throws: there is nobody to catch it. */
export async function watchExpiry(deps: Dependencies, sources: readonly Due[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const source of sources) {
      await deleteExpired(deps, source).catch((err: unknown) =>
        deps.log.error({ err }, "cannot look for what has expired"),
      );
    }
    await deps.wait(interval, signal).catch(() => undefined);
  }
}

/** Each is an operation like any other; what fails is tried again the next time. */
async function deleteExpired({ now, log }: Dependencies, source: Due): Promise<void> {
  for (const { of, begin } of await source(now())) {
    try {
      await (await begin()).done;
      log.info(of, "it has expired and was deleted");
    } catch (error) {
      log.warn({ ...of, err: asLodgeError(error) }, "it has expired and stays");
    }
  }
}

/** Whether the time of a snapshot or backup has come. */
export function isExpired(
  { life, expiresAt }: { readonly life: string; readonly expiresAt?: Date },
  now: Date,
): boolean {
  return life === "present" && expiresAt !== undefined && expiresAt <= now;
}

/** Snapshots of instances that are to go. */
export function expiredOfInstances(store: Store, snapshots: Pick<SnapshotService, "delete">): Due {
  return (now) =>
    expiredIn(
      store,
      "snapshots",
      ({ project, name: instance }, name) => snapshots.delete(project, instance, name),
      now,
    );
}

/** Backups of instances that are to go. */
export function expiredBackups(store: Store, backups: Pick<BackupService<InstanceName, unknown>, "delete">): Due {
  return (now) => expiredIn(store, "backups", (owner, name) => backups.delete(owner, name), now);
}

async function expiredIn(
  store: Store,
  what: "snapshots" | "backups",
  remove: (owner: InstanceName, name: string) => Promise<RunningOperation>,
  now: Date,
): Promise<TimedWork[]> {
  const expired = (await store[what].list()).filter((row) => isExpired(row, now));
  const owners = new Map((await store.instances.list()).map((record) => [record.id, record]));
  return expired.flatMap(({ instance, name }) => {
    const owner = owners.get(instance);
    if (owner?.life !== "present") return [];
    return [{ of: { what, instance: owner.name, name }, begin: () => remove(owner, name) }];
  });
}
