import type { InstanceRecord, ProfileRecord, Tables } from "../store.ts";
import type { ProfileDependencies } from "./dependencies.ts";
import { type ProfileKey, snapshotsUsing, usersOf, withUsers } from "./users.ts";

/**
 * Gives a profile another name, in its own row and in those of all instances and snapshots that name it, at once. `find` gives
 * the record.
 */
export async function renameProfile(
  deps: ProfileDependencies,
  key: ProfileKey,
  newName: string,
  find: () => Promise<ProfileRecord>,
): Promise<void> {
  const renamed = <Row extends { readonly profiles: readonly string[] }>(row: Row): Row => ({
    ...row,
    profiles: row.profiles.map((each) => (each === key.name ? newName : each)),
  });
  const decide = async (instances: readonly InstanceRecord[]) => {
    const record = await find();
    await deps.store.atomically(async (tables) => {
      await tables.profiles.put({ ...record, name: newName });
      for (const instance of instances) await tables.instances.put(renamed(instance));
      for (const snapshot of await snapshotsUsing(tables, key)) await tables.snapshots.put(renamed(snapshot));
      await tables.profiles.remove(key);
    });
  };
  await withUsers(deps, key, { decide }, instancesNaming);
}

/** Those that use a profile, and those that would when they are restored. */
async function instancesNaming(store: Tables, key: ProfileKey): Promise<InstanceRecord[]> {
  const restored = new Set((await snapshotsUsing(store, key)).map(({ instance }) => instance));
  const users = new Set((await usersOf(store, key)).map(({ id }) => id));
  return (await store.instances.list()).filter(({ id }) => users.has(id) || restored.has(id));
}
