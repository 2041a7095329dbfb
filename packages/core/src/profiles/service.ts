import { LodgeError, type Profile, type ProfileCreate, type ProfilePut } from "@lodge/api";
import { checkProfileConfig } from "../instances/configuration.ts";
import { type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import { checkProfileDevices } from "../instances/devices/check.ts";
import type { Runs } from "../instances/runs.ts";
import { inProject } from "../project-url.ts";
import { findProject } from "../projects/records.ts";
import type { ProfileService } from "../services.ts";
import type { InstanceRecord, ProfileRecord } from "../store.ts";
import { changeProfile } from "./change.ts";
import type { ProfileDependencies } from "./dependencies.ts";
import { checkProfileName } from "./names.ts";
import { renameProfile } from "./rename.ts";
import { usersOf } from "./users.ts";

const profileUrl = (name: string): string => `/1.0/profiles/${name}`;

/** Profiles: configuration that instances share. */
export class Profiles implements ProfileService {
  readonly #deps: ProfileDependencies;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = { ...deps, runs };
  }

  async list(project: string): Promise<Profile[]> {
    const records = (await this.#deps.store.profiles.list()).filter((p) => p.project === project);
    return Promise.all(records.map((record) => this.#render(record)));
  }

  async get(project: string, name: string): Promise<Profile> {
    return this.#render(await this.#require(project, name));
  }

  async create(project: string, { name, ...content }: ProfileCreate): Promise<void> {
    checkProfileName(name);
    const record = recordOf(project, name, content);
    await this.#deps.choosing.run(async () => {
      await findProject(this.#deps.store, project);
      await this.#refuseTaken(project, name);
      await this.#deps.store.profiles.put(record);
    });
    this.#deps.events.lifecycle("profile-created", profileUrl(name), {}, project);
  }

  async update(project: string, name: string, change: (current: Profile) => ProfilePut): Promise<void> {
    const users = await changeProfile(this.#deps, { project, name }, async () => {
      const before = await this.#require(project, name);
      return { before, after: recordOf(project, name, change(await this.#render(before))) };
    });
    this.#deps.events.lifecycle("profile-updated", profileUrl(name), {}, project);
    for (const user of users) this.#deps.events.lifecycle("instance-updated", instanceUrl(user.name), {}, user.project);
  }

  async rename(project: string, name: string, newName: string): Promise<void> {
    refuseDefault(name, "renamed");
    checkProfileName(newName);
    await renameProfile(this.#deps, { project, name }, newName, async () => {
      const record = await this.#require(project, name);
      await this.#refuseTaken(project, newName);
      return record;
    });
    this.#deps.events.lifecycle("profile-renamed", profileUrl(newName), { old_name: name }, project);
  }

  async delete(project: string, name: string): Promise<void> {
    refuseDefault(name, "deleted");
    await this.#deps.choosing.run(async () => {
      const record = await this.#require(project, name);
      refuseUsed(name, await usersOf(this.#deps.store, record));
      await this.#deps.store.profiles.remove({ project, name });
    });
    this.#deps.events.lifecycle("profile-deleted", profileUrl(name), {}, project);
  }

  async #require(project: string, name: string): Promise<ProfileRecord> {
    const record = await this.#deps.store.profiles.get({ project, name });
    if (!record)
      throw new LodgeError({
        code: "profile_not_found",
        message: `Profile "${name}" does not exist in project "${project}".`,
      });
    return record;
  }

  async #refuseTaken(project: string, name: string): Promise<void> {
    if (!(await this.#deps.store.profiles.get({ project, name }))) return;
    throw new LodgeError({
      code: "profile_exists",
      message: `A profile named "${name}" exists already; choose another name or change that one ("lodge profile edit ${name}").`,
    });
  }

  async #render(record: ProfileRecord): Promise<Profile> {
    const { name, project, description, config, devices } = record;
    const users = (await usersOf(this.#deps.store, record)).filter((r) => r.life === "present");
    return {
      name,
      project,
      description,
      config,
      devices,
      used_by: users.map((r) => inProject(instanceUrl(r.name), r.project)),
    };
  }
}

/** The record of what a client sent; what a profile cannot be is refused. */
function recordOf(project: string, name: string, content: ProfilePut): ProfileRecord {
  const owner = `profile ${name}`;
  const record = {
    name,
    project,
    description: content.description ?? "",
    config: content.config ?? {},
    devices: content.devices ?? {},
  };
  checkProfileConfig(owner, record.config);
  checkProfileDevices(owner, record.devices);
  return record;
}

function refuseDefault(name: string, done: string): void {
  if (name !== "default") return;
  throw new LodgeError({
    code: "profile_protected",
    message: `The profile "default" cannot be ${done}: instances get it unless they are told otherwise. "lodge profile edit default" changes it.`,
  });
}

function refuseUsed(name: string, users: readonly InstanceRecord[]): void {
  const [first] = users;
  if (!first) return;
  throw new LodgeError({
    code: "profile_in_use",
    message: `Profile "${name}" is used by ${users.map((r) => r.name).join(", ")}; take it off first ("lodge profile remove ${first.name} ${name}").`,
  });
}
