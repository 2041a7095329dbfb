import { type Config, type Devices, LodgeError } from "@lodge/api";
import { homeOf } from "../projects/records.ts";
import type { InstanceRecord, ProfileRecord, Tables } from "../store.ts";
import { expandConfig, expandDevices } from "./configuration.ts";

/** What users call an instance. */
export interface InstanceName {
  readonly project: string;
  readonly name: string;
}

/** A record with what its profiles add. */
export interface ExpandedInstance {
  readonly record: InstanceRecord;
  readonly config: Config;
  readonly devices: Devices;
}

/** Finds instances by what users call them. */
export class InstanceRecords {
  readonly #store: Pick<Tables, "instances" | "profiles" | "projects">;

  constructor(store: Pick<Tables, "instances" | "profiles" | "projects">) {
    this.#store = store;
  }

  /** Those that clients may see: not the ones being created or deleted. */
  async list(project: string): Promise<InstanceRecord[]> {
    const records = await this.#store.instances.list();
    return records.filter((r) => r.project === project && r.life === "present");
  }

  async get(project: string, name: string): Promise<InstanceRecord> {
    const record = (await this.list(project)).find((r) => r.name === name);
    if (!record)
      throw new LodgeError({
        code: "instance_not_found",
        message: `Instance "${name}" does not exist; "lodge list" shows those that do.`,
      });
    return record;
  }

  /** As `list`, with what their profiles add, each of which is read once. */
  async listExpanded(project: string): Promise<ExpandedInstance[]> {
    return this.#expandIn(project, await this.list(project));
  }

  /** The same of all projects, by project. */
  async listAllExpanded(): Promise<ExpandedInstance[]> {
    return this.expandAll((await this.#store.instances.list()).filter(({ life }) => life === "present"));
  }

  /** As `expand`, of many: each profile is read once. By project. */
  async expandAll(records: readonly InstanceRecord[]): Promise<ExpandedInstance[]> {
    const byProject = [...Map.groupBy(records, ({ project }) => project)];
    return (await Promise.all(byProject.map(([project, own]) => this.#expandIn(project, own)))).flat();
  }

  async #expandIn(project: string, records: readonly InstanceRecord[]): Promise<ExpandedInstance[]> {
    const named = await this.profilesOf(project);
    return records.map((record) =>
      expandedBy(
        record,
        record.profiles.map((name) => requireProfile(named.get(name), project, name)),
      ),
    );
  }

  async expand(record: InstanceRecord): Promise<ExpandedInstance> {
    return expandedBy(record, await this.profiles(record.project, record.profiles));
  }

  /** All that a project's instances may use, by their names. */
  async profilesOf(project: string): Promise<ReadonlyMap<string, ProfileRecord>> {
    const home = await homeOf(this.#store, project, "features.profiles");
    const profiles = (await this.#store.profiles.list()).filter((profile) => profile.project === home);
    return new Map(profiles.map((profile) => [profile.name, profile]));
  }

  /** By the names that a project's instances call them. */
  async profiles(user: string, names: readonly string[]): Promise<ProfileRecord[]> {
    const project = await homeOf(this.#store, user, "features.profiles");
    return Promise.all(
      names.map(async (name) => requireProfile(await this.#store.profiles.get({ project, name }), project, name)),
    );
  }
}

function expandedBy(record: InstanceRecord, profiles: readonly ProfileRecord[]): ExpandedInstance {
  return { record, config: expandConfig(profiles, record.config), devices: expandDevices(profiles, record.devices) };
}

function requireProfile(profile: ProfileRecord | undefined, project: string, name: string): ProfileRecord {
  if (profile) return profile;
  throw new LodgeError({
    code: "profile_not_found",
    message: `Profile "${name}" does not exist in project "${project}".`,
  });
}
