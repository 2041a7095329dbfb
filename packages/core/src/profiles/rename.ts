import type { ProfileRecord } from "../store.ts";
import type { ProfileDependencies } from "./dependencies.ts";
import { snapshotsUsing, withUsers } from "./users.ts";

/** Gives a profile another name, in its own row and in those of all instances and snapshots that use it, at once. `find` gives the record. */
export async function renameProfile(
  deps: ProfileDependencies,
  key: Pick<ProfileRecord, "project" | "name">,
  newName: string,
  find: () => Promise<ProfileRecord>,
): Promise<void> {
  await withUsers(deps, key, {
    decide: async (users) => {
      const record = await find();
      await deps.store.atomically(async (tables) => {
        await tables.profiles.put({ ...record, name: newName });
        for (const user of users) {
          const profiles = user.profiles.map((each) => (each === key.name ? newName : each));
          await tables.instances.put({ ...user, profiles });
        }
        for (const snapshot of await snapshotsUsing(tables, key)) {
          const profiles = snapshot.profiles.map((each) => (each === key.name ? newName : each));
          await tables.snapshots.put({ ...snapshot, profiles });
        }
        await tables.profiles.remove(key);
      });
    },
  });
}
