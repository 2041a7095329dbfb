import { homes } from "../projects/records.ts";
import type { InstanceRecord, ProfileRecord, SnapshotRecord, Tables } from "../store.ts";
import type { ProfileDependencies } from "./dependencies.ts";

export type ProfileKey = Pick<ProfileRecord, "project" | "name">;

/** The instances that use a profile, those that are being made or deleted included. */
export async function usersOf(
  store: Pick<Tables, "instances" | "projects">,
  { project, name }: ProfileKey,
): Promise<InstanceRecord[]> {
  const home = await homes(store, "features.profiles");
  const records = await store.instances.list();
  return records.filter((r) => r.profiles.includes(name) && home(r.project) === project);
}

/** The snapshots of instances that used it at that moment. */
export async function snapshotsUsing(
  store: Pick<Tables, "instances" | "snapshots" | "projects">,
  { project, name }: ProfileKey,
): Promise<SnapshotRecord[]> {
  const home = await homes(store, "features.profiles");
  const owners = new Set((await store.instances.list()).filter((r) => home(r.project) === project).map(({ id }) => id));
  const snapshots = await store.snapshots.list();
  return snapshots.filter(({ instance, profiles }) => owners.has(instance) && profiles.includes(name));
}

/** A change that reaches into the instances that use a profile. */
export interface SharedChange<T> {
  /** Decides and stores; nothing else is chosen meanwhile. */
  readonly decide: (users: readonly InstanceRecord[]) => Promise<T>;
  /** Does on the host what was decided. */
  readonly act?: (decided: T) => Promise<void>;
}

/** Whom a change of a profile reaches. */
type Reach = (store: Tables, key: ProfileKey) => Promise<InstanceRecord[]>;

/** Makes a change with the locks of all that it reaches held, so that nobody writes an old row back. */
export async function withUsers<T>(
  deps: ProfileDependencies,
  key: ProfileKey,
  change: SharedChange<T>,
  reach: Reach = usersOf,
): Promise<void> {
  for (let done = false; !done; ) {
    const ids = (await reach(deps.store, key)).map((user) => user.id);
    done = await deps.lock.runAll(ids, async () => {
      const decided = await deps.choosing.run(async () => {
        const users = await reach(deps.store, key);
        // Another has begun to use it while we waited for these.
        return users.every(({ id }) => ids.includes(id)) ? { value: await change.decide(users) } : undefined;
      });
      if (decided) await change.act?.(decided.value);
      return decided !== undefined;
    });
  }
}
