import { LodgeError } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { instanceUrl } from "../instances/dependencies.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import { inProject } from "../project-url.ts";
import { homes } from "../projects/records.ts";
import type { InstanceRecord, ProfileRecord, Tables, VolumeRecord } from "../store.ts";
import type { VolumeName } from "./find.ts";

/** Who has a volume as a disk: instances, by their profiles too, and profiles whether anybody uses them or not. */
export interface VolumeUsers {
  readonly instances: readonly VolumeUser[];
  readonly profiles: readonly ProfileRecord[];
}

export interface VolumeUser {
  readonly record: InstanceRecord;
  /** Names of the devices by which the instance has it. */
  readonly devices: readonly string[];
}

type Reading = Pick<Tables, "instances" | "profiles" | "projects">;

export async function usersOf(store: Reading, volume: VolumeName): Promise<VolumeUsers> {
  return (await usersIn(store, volume.project))(volume);
}

/** Says who has a volume of a project. Reads once what there is, for as many volumes as are asked about. */
export async function usersIn(
  store: Reading,
  project: string,
): Promise<(volume: Pick<VolumeName, "pool" | "name">) => VolumeUsers> {
  const records = new InstanceRecords(store);
  const home = await homes(store, "features.storage.volumes");
  const [instances, profiles] = await Promise.all([store.instances.list(), store.profiles.list()]);
  const expanded = await Promise.all(
    instances.filter((record) => home(record.project) === project).map((record) => records.expand(record)),
  );
  const shared = profiles.filter((profile) => home(profile.project) === project);
  return (volume) => ({
    instances: expanded.flatMap(({ record, devices }) => {
      const names = devicesOf(volume, devices);
      return names.length === 0 ? [] : [{ record, devices: names }];
    }),
    profiles: shared.filter(({ devices }) => devicesOf(volume, devices).length > 0),
  });
}

function devicesOf({ pool, name }: Pick<VolumeName, "pool" | "name">, devices: ExpandedInstance["devices"]): string[] {
  return Object.entries(devices).flatMap(([device, { type, pool: its, source, path }]) =>
    type === "disk" && its === pool && source === name && path !== "/" ? [device] : [],
  );
}

/** Refuses to take away what somebody has. `act` in words: `deleted`. */
export function requireUnused({ name }: VolumeName, { instances, profiles }: VolumeUsers, act: string): void {
  const users = [
    ...instances.map(({ record }) => `instance "${record.name}"`),
    ...profiles.map((profile) => `profile "${profile.name}"`),
  ];
  if (users.length === 0) return;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${name}" cannot be ${act}: it is a disk of ${users.join(", ")}. Detach it there first.`,
  });
}

export function userUrls({ instances, profiles }: VolumeUsers): string[] {
  return [
    ...instances.map(({ record }) => inProject(instanceUrl(record.name), record.project)),
    ...profiles.map(({ name, project }) => inProject(`/1.0/profiles/${encodeURIComponent(name)}`, project)),
  ];
}

/** Runs work with the locks of all instances held that have the volume: none of them starts, ends or changes meanwhile. */
export async function withUsers<T>(
  deps: Pick<InstanceDependencies, "store" | "lock">,
  volume: VolumeRecord,
  work: (users: readonly VolumeUser[]) => Promise<T>,
): Promise<T> {
  for (;;) {
    const ids = (await usersOf(deps.store, volume)).instances.map(({ record }) => record.id);
    const done = await deps.lock.runAll(ids, async () => {
      const { instances } = await usersOf(deps.store, volume);
      // Another has begun to use it while we waited for these.
      if (!instances.every(({ record }) => ids.includes(record.id))) return undefined;
      return { value: await work(instances) };
    });
    if (done) return done.value;
  }
}
