import {
  type Devices,
  LodgeError,
  type Project,
  type ProjectCreate,
  type ProjectFeature,
  type ProjectPut,
  type ProjectState,
  projectConfigKeys,
} from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { Lock } from "../instances/lock.ts";
import type { ProjectService } from "../services.ts";
import { checkKeys } from "../settings/check-keys.ts";
import type { ProfileRecord, ProjectRecord, Store, Tables } from "../store.ts";
import { contentsAfter, requireAllowed } from "./allowed.ts";
import { requireEmpty, usedBy } from "./contents.ts";
import { defaultProjectName, hasFeature, keptConfig, switchedFeatures, withFeatures } from "./features.ts";
import { checkProjectName } from "./names.ts";
import { allProjects, findProject, homeOf } from "./records.ts";
import { renameInRestrictions } from "./restricted-certificates.ts";
import { resourcesOf } from "./takings.ts";

export interface ProjectsDependencies {
  readonly store: Store;
  readonly events: EventBus;
  readonly choosing: Lock;
  /** Held while it is changed who is trusted with which projects; taken before `choosing`. */
  readonly trusting: Lock;
  /** Called with `trusting` held, when the store says otherwise than before who is trusted. */
  readonly trustChanged: () => Promise<void>;
  /** Removes what is kept of a project that is empty: warm machines. */
  readonly release: (project: string) => Promise<void>;
}

const projectUrl = (name: string): string => `/1.0/projects/${encodeURIComponent(name)}`;

/** Projects: namespaces of instances and of what belongs to them, with limits and restrictions of their own. */
export class Projects implements ProjectService {
  readonly #deps: ProjectsDependencies;

  constructor(deps: ProjectsDependencies) {
    this.#deps = deps;
  }

  async names(): Promise<string[]> {
    return (await allProjects(this.#deps.store)).map(({ name }) => name);
  }

  async list(): Promise<Project[]> {
    return Promise.all((await allProjects(this.#deps.store)).map((record) => this.#render(record)));
  }

  async get(name: string): Promise<Project> {
    return this.#render(await findProject(this.#deps.store, name));
  }

  async config(name: string): Promise<Project["config"]> {
    return withFeatures(await findProject(this.#deps.store, name));
  }

  async state(name: string): Promise<ProjectState> {
    const { store } = this.#deps;
    return { resources: resourcesOf(await contentsAfter(store, await findProject(store, name))) };
  }

  async home(project: string, feature: ProjectFeature): Promise<string> {
    return homeOf(this.#deps.store, project, feature);
  }

  async create({ name, storage, network, ...content }: ProjectCreate): Promise<void> {
    checkProjectName(name);
    const { store, choosing, events } = this.#deps;
    const record = recordOf(name, content);
    const devices = await this.#profileDevices(storage, network);
    await choosing.run(async () => {
      await this.#refuseTaken(name);
      await store.atomically(async (tables) => {
        await tables.projects.put(record);
        await settleProfile(tables, record, devices);
      });
    });
    events.lifecycle("project-created", projectUrl(name), {}, name);
  }

  async update(name: string, change: (current: Project) => ProjectPut): Promise<void> {
    const { store, choosing, events } = this.#deps;
    await choosing.run(async () => {
      const before = await findProject(store, name);
      const after = recordOf(name, change(await this.#render(before)));
      const [switched] = switchedFeatures(before, after);
      if (switched !== undefined) await requireEmpty(store, name, `given another ${switched}`);
      await requireAllowed(store, name, { project: after });
      await store.atomically(async (tables) => {
        await tables.projects.put(after);
        if (switched !== undefined) await settleProfile(tables, after);
      });
    });
    events.lifecycle("project-updated", projectUrl(name), {}, name);
  }

  async rename(name: string, newName: string): Promise<void> {
    checkProjectName(newName);
    await this.#whileEmpty(name, "renamed", async (record) => {
      await this.#refuseTaken(newName);
      return { ...record, name: newName };
    });
    this.#deps.events.lifecycle("project-renamed", projectUrl(newName), { old_name: name }, newName);
  }

  async delete(name: string): Promise<void> {
    await this.#whileEmpty(name, "deleted", async () => undefined);
    this.#deps.events.lifecycle("project-deleted", projectUrl(name), {}, name);
  }

  /** An empty project becomes what `change` says, or nothing; whoever was trusted with it follows. */
  async #whileEmpty(
    name: string,
    act: string,
    change: (record: ProjectRecord) => Promise<ProjectRecord | undefined>,
  ): Promise<void> {
    refuseDefault(name, act);
    const { store, choosing, trusting, trustChanged, release } = this.#deps;
    await findProject(store, name);
    await requireEmpty(store, name, act);
    await release(name);
    await trusting.run(async () => {
      await choosing.run(async () => {
        const record = await findProject(store, name);
        await requireEmpty(store, name, act);
        const after = await change(record);
        const profiles = (await store.profiles.list()).filter(({ project }) => project === name);
        await store.atomically(async (tables) => {
          for (const profile of profiles) {
            await tables.profiles.remove({ project: name, name: profile.name });
            if (after) await tables.profiles.put({ ...profile, project: after.name });
          }
          await renameInRestrictions(tables, name, after?.name);
          if (after) await tables.projects.put(after);
          await tables.projects.remove(name);
        });
      });
      await trustChanged();
    });
  }

  async #refuseTaken(name: string): Promise<void> {
    if (!(await this.names()).includes(name)) return;
    throw new LodgeError({
      code: "project_exists",
      message: `A project named "${name}" exists already; choose another name.`,
    });
  }

  async #profileDevices(pool: string | undefined, network: string | undefined): Promise<Devices> {
    const { store } = this.#deps;
    if (pool && !(await store.pools.get(pool)))
      throw new LodgeError({ code: "pool_not_found", message: `Storage pool "${pool}" does not exist.` });
    if (network && !(await store.networks.get(network)))
      throw new LodgeError({ code: "network_not_found", message: `Network "${network}" does not exist.` });
    return {
      ...(pool && { root: { type: "disk", path: "/", pool } }),
      ...(network && { eth0: { type: "nic", name: "eth0", network } }),
    };
  }

  async #render(record: ProjectRecord): Promise<Project> {
    const { name, description } = record;
    return { name, description, config: withFeatures(record), used_by: await usedBy(this.#deps.store, name) };
  }
}

function recordOf(name: string, { description, config }: ProjectPut): ProjectRecord {
  const record = { name, description: description ?? "", config: keptConfig(name, config ?? {}) };
  checkKeys(`project ${name}`, projectConfigKeys, record.config);
  return record;
}

/** A project with profiles of its own has one named `default`, which its instances get unless they are told otherwise. */
async function settleProfile(
  { profiles }: Pick<Tables, "profiles">,
  project: ProjectRecord,
  devices: Devices = {},
): Promise<void> {
  const key = { project: project.name, name: "default" };
  if (project.name === defaultProjectName) return;
  if (!hasFeature(project, "features.profiles")) return profiles.remove(key);
  const profile: ProfileRecord = {
    ...key,
    description: `Default profile of project ${project.name}`,
    config: {},
    devices,
  };
  if (!(await profiles.get(key))) await profiles.put(profile);
}

function refuseDefault(name: string, act: string): void {
  if (name !== defaultProjectName) return;
  throw new LodgeError({
    code: "project_protected",
    message: `The project "${name}" cannot be ${act}: it holds what other projects share.`,
  });
}
