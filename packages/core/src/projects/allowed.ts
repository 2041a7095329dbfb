import { LodgeError } from "@lodge/api";
import { expandConfig, expandDevices } from "../instances/configuration.ts";
import type { InstanceRecord, NetworkRecord, ProfileRecord, ProjectRecord, Tables, VolumeRecord } from "../store.ts";
import { defaultProjectName, hasFeature } from "./features.ts";
import { findProject } from "./records.ts";
import { blockedBy, isRestricted, violationOf } from "./restrictions.ts";
import { hasLimits, type ProjectContents, requireWithinLimits } from "./takings.ts";

type Reading = Pick<Tables, "projects" | "instances" | "profiles" | "volumes" | "networks">;

/** What an instance is by its own. */
export type InstanceClaim = Pick<
  InstanceRecord,
  "id" | "name" | "project" | "type" | "config" | "devices" | "profiles" | "life"
>;

/** Rows that are to be made, or to take the place of those that there are. */
export interface ProjectChange {
  readonly project?: ProjectRecord;
  readonly instances?: readonly InstanceClaim[];
  readonly profiles?: readonly ProfileRecord[];
  readonly volumes?: readonly VolumeRecord[];
  readonly networks?: readonly NetworkRecord[];
}

/**
 * Refuses a change after which a project had more than its limits allow, or what its restrictions forbid. The caller holds `choosing`
 * until the change is stored. `project_limit_exceeded`, `project_restricted`.
 */
export async function requireAllowed(store: Reading, name: string, change: ProjectChange): Promise<void> {
  const project = change.project ?? (await findProject(store, name));
  if (!isRestricted(project.config) && !hasLimits(project.config)) return;
  const contents = await contentsAfter(store, project, change);
  for (const { record, config, devices } of contents.instances) {
    const violation = violationOf(project.config, { type: record.type, config, devices });
    if (!violation) continue;
    throw new LodgeError({
      code: "project_restricted",
      message: `Instance "${record.name}" cannot have ${violation.what}: project "${name}" is restricted, and ${violation.key} does not allow it.`,
    });
  }
  requireWithinLimits(contents);
}

/** Refuses backups or snapshots where they are blocked. `what` in words: `Snapshots`. */
export async function requireUnblocked(
  store: Pick<Tables, "projects">,
  name: string,
  key: "restricted.backups" | "restricted.snapshots",
): Promise<void> {
  const { config } = await findProject(store, name);
  if (!blockedBy(config, key)) return;
  const what = key === "restricted.backups" ? "Backups" : "Snapshots";
  throw new LodgeError({
    code: "project_restricted",
    message: `${what} cannot be made: project "${name}" is restricted, and ${key} does not allow them.`,
  });
}

/** What is in a project after a change. Those that are being deleted count no more. */
export async function contentsAfter(
  store: Reading,
  project: ProjectRecord,
  change: ProjectChange = {},
): Promise<ProjectContents> {
  const { name } = project;
  const isIn = (row: { readonly project: string; readonly life: string }) =>
    row.project === name && row.life !== "deleting";
  const home = hasFeature(project, "features.profiles") ? name : defaultProjectName;
  const [instances, profiles, volumes, networks] = await Promise.all([
    store.instances.list(),
    store.profiles.list(),
    store.volumes.list(),
    store.networks.list(),
  ]);
  const named = new Map(
    [...profiles, ...(change.profiles ?? [])]
      .filter((profile) => profile.project === home)
      .map((profile) => [profile.name, profile]),
  );
  return {
    project,
    instances: changed<InstanceClaim>(instances, change.instances, ({ id }) => id)
      .filter(isIn)
      .map((record) => {
        const own = record.profiles.flatMap((each) => named.get(each) ?? []);
        return { record, config: expandConfig(own, record.config), devices: expandDevices(own, record.devices) };
      }),
    volumes: changed(volumes, change.volumes, ({ id }) => id).filter(isIn),
    networks: name === defaultProjectName ? changed(networks, change.networks, (each) => each.name).length : 0,
  };
}

function changed<Row>(rows: readonly Row[], changes: readonly Row[] = [], keyOf: (row: Row) => string): Row[] {
  return [...new Map([...rows, ...changes].map((row) => [keyOf(row), row])).values()];
}
