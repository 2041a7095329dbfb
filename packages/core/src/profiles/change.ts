import { asLodgeError, LodgeError } from "@lodge/api";
import { changeRunning, requirePluggable } from "../instances/devices/live.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import { requireSameMachine } from "../instances/states/same-machine.ts";
import { checkRevision, expandRevision } from "../instances/update.ts";
import type { InstanceRecord, ProfileRecord } from "../store.ts";
import type { ProfileDependencies } from "./dependencies.ts";
import { withUsers } from "./users.ts";

interface UserChange {
  readonly before: ExpandedInstance;
  readonly after: ExpandedInstance;
}

interface ProfileChange {
  readonly before: ProfileRecord;
  readonly after: ProfileRecord;
  readonly users: readonly UserChange[];
}

/**
 * Gives a profile another content, and running instances that use it what changes of their devices and limits. `change` makes
 * the new record. What a single instance cannot be is refused and leaves all as it was. Returns the users.
 */
export async function changeProfile(
  deps: ProfileDependencies,
  key: Pick<ProfileRecord, "project" | "name">,
  change: () => Promise<Pick<ProfileChange, "before" | "after">>,
): Promise<readonly InstanceRecord[]> {
  let changed: readonly InstanceRecord[] = [];
  await withUsers<ProfileChange>(deps, key, {
    decide: async (users) => {
      const { before, after } = await change();
      const decided = { before, after, users: await changedUsers(deps, after, users) };
      using _admitted = await admitAll(deps, decided);
      await storeAll(deps, after, decided.users, "after");
      changed = users;
      return decided;
    },
    act: (decided) => plugAll(deps, decided),
  });
  return changed;
}

/** What the users are to be. Addresses that one gets are taken for the next. */
async function changedUsers(
  deps: ProfileDependencies,
  profile: ProfileRecord,
  users: readonly InstanceRecord[],
): Promise<UserChange[]> {
  let all = await deps.store.instances.list();
  const changes: UserChange[] = [];
  for (const user of users) {
    const changed = await changedUser(deps, profile, user, all).catch((error: unknown) => {
      throw because(profile, user.name, error);
    });
    changes.push(changed);
    all = all.map((each) => (each.id === user.id ? changed.after.record : each));
  }
  return changes;
}

async function changedUser(
  deps: ProfileDependencies,
  profile: ProfileRecord,
  user: InstanceRecord,
  all: readonly InstanceRecord[],
): Promise<UserChange> {
  const before = await new InstanceRecords(deps.store).expand(user);
  const current = await new InstanceRecords(deps.store).profiles(user.project, user.profiles);
  const profiles = current.map((each) => (each.name === profile.name ? profile : each));
  const after = expandRevision(user, await checkRevision(deps, user, { ...user, profiles }, all));
  if (deps.runs.isRunning(user.id)) requirePluggable(deps, before, after);
  requireSameMachine(before, after);
  return { before, after };
}

/** Refuses what promises running users more memory than there is, all of them together. They count with it until the result is disposed of. */
async function admitAll(deps: ProfileDependencies, { after, users }: ProfileChange): Promise<Disposable> {
  using admitted = new DisposableStack();
  for (const user of users.filter(({ before }) => deps.runs.isRunning(before.record.id))) {
    const one = await deps.admission?.admit(user.after, user.before).catch((error: unknown) => {
      throw because(after, user.before.record.name, error);
    });
    if (one) admitted.use(one);
  }
  return admitted.move();
}

/** Devices and limits of running users, one user after the other; when one cannot have them, all get back what they had. */
async function plugAll(deps: ProfileDependencies, { before, users }: ProfileChange): Promise<void> {
  const running = users.filter((user) => deps.runs.isRunning(user.before.record.id));
  const done: UserChange[] = [];
  for (const user of running) {
    try {
      await changeRunning(deps, user.before, user.after);
      done.push(user);
    } catch (error) {
      for (const each of done.reverse()) {
        await changeRunning(deps, each.after, each.before).catch((err: unknown) =>
          deps.log.warn({ instance: each.before.record.name, err }, "a change could not be undone"),
        );
      }
      await storeAll(deps, before, users, "before");
      throw because(before, user.before.record.name, error);
    }
  }
}

function storeAll(
  { store }: ProfileDependencies,
  profile: ProfileRecord,
  users: readonly UserChange[],
  which: keyof UserChange,
): Promise<void> {
  return store.atomically(async (tables) => {
    await tables.profiles.put(profile);
    for (const user of users) await tables.instances.put(user[which].record);
  });
}

function because(profile: ProfileRecord, instance: string, cause: unknown): LodgeError {
  const { code, message } = asLodgeError(cause);
  return new LodgeError({
    code,
    message: `Profile "${profile.name}" was not changed, because instance "${instance}" uses it: ${message}`,
    cause,
  });
}
