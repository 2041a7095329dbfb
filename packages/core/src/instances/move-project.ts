import { LodgeError } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";
import { findProject } from "../projects/records.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { ownRoot } from "./devices/root-pool.ts";
import { checkInstanceName } from "./names.ts";
import { InstanceRecords } from "./records.ts";
import { takenNames } from "./rename.ts";
import type { Runs } from "./runs.ts";
import { requireNoState } from "./transfer.ts";
import { checkRevision } from "./update.ts";

export interface ProjectMove {
  readonly project: string;
  /** Missing: as it is called now. */
  readonly name?: string;
}

/**
 * Brings a stopped instance with its snapshots and backups to another project. Everything on the host goes by its id, so rows are all that
 * changes. Profiles and volumes are those that have the same names there; the root disk goes along where a profile had it.
 */
export async function moveToProject(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  { project: target, name: wanted }: ProjectMove,
): Promise<RunningOperation> {
  const { id, name, project } = owner;
  if (target === project)
    throw new LodgeError({ code: "request_invalid", message: `Instance "${name}" is in project "${target}" already.` });
  await findProject(deps.store, target);
  const place = { project: target, name: wanted || name };
  await moved(deps, runs, owner, place);
  return deps.operations.begin(
    { description: "Moving instance", resources: { instances: [instanceUrl(name)] }, project, cancellable: false },
    () =>
      deps.lock.run(id, async () => {
        await deps.choosing.run(async () => {
          const { record, snapshots } = await moved(deps, runs, await requirePresent(deps, owner), place);
          await deps.store.atomically(async (tables) => {
            await tables.instances.put(record);
            for (const snapshot of snapshots) await tables.snapshots.put(snapshot);
          });
        });
        const context = { old_name: name, old_project: project, project: target };
        // Who listens to one of them shall know.
        for (const each of [project, target])
          deps.events.lifecycle("instance-renamed", instanceUrl(place.name), context, each);
        return undefined;
      }),
  );
}

/** What the rows are to be. Refuses what cannot be moved, or not there. */
async function moved(
  deps: InstanceDependencies,
  runs: Runs,
  before: InstanceRecord,
  { project, name }: Required<ProjectMove>,
): Promise<{ readonly record: InstanceRecord; readonly snapshots: readonly SnapshotRecord[] }> {
  if (runs.isRunning(before.id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${before.name}" is running; stop it before it is moved to another project, or copy it ("lodge copy ${before.name} NAME --target-project ${project}").`,
    });
  }
  requireWhole(before);
  requireNoState(before, "Instance", "project");
  checkInstanceName(name, await takenNames(deps, project));
  const records = new InstanceRecords(deps.store);
  const { devices } = await records.expand(before);
  const profiles = await records.profiles(project, before.profiles);
  const record = { ...before, project, name, devices: ownRoot(before.devices, devices, profiles) };
  const snapshots = await Promise.all(
    (await deps.store.snapshots.of(before.id)).map(async (snapshot) => {
      const own = await records.profiles(project, snapshot.profiles);
      return { ...snapshot, devices: ownRoot(snapshot.devices, devices, own) };
    }),
  );
  const { config } = await checkRevision(deps, record, { ...record, profiles });
  return { record: { ...record, config }, snapshots };
}
