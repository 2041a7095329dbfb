import { type Config, LodgeError, type Project, type ProjectPut, projectConfigKeys } from "@lodge/api";
import type { ProjectService } from "../services.ts";
import { StoredConfig, type StoredConfigOptions } from "../settings/stored-config.ts";

const features: Config = {
  "features.images": "true",
  "features.profiles": "true",
  "features.storage.volumes": "true",
};

const defaultProject: Project = {
  name: "default",
  description: "Default Lodge project",
  config: features,
  used_by: [],
};

/** Projects: so far there is the one that everything is in. */
export class Projects implements ProjectService {
  readonly #config: StoredConfig;

  constructor({ store, choosing }: Pick<StoredConfigOptions, "store" | "choosing">) {
    const keys = projectConfigKeys;
    this.#config = new StoredConfig({ store, choosing, owner: "project default", setting: "project.default", keys });
  }

  async list(): Promise<Project[]> {
    return [await this.get(defaultProject.name)];
  }

  async get(name: string): Promise<Project> {
    if (name !== defaultProject.name)
      throw new LodgeError({ code: "project_not_found", message: `Project "${name}" does not exist.` });
    return { ...defaultProject, config: { ...(await this.#config.get()), ...features } };
  }

  async update(name: string, change: (current: Project) => ProjectPut): Promise<void> {
    await this.get(name);
    await this.#config.update((config) => {
      const wanted = change({ ...defaultProject, config: { ...config, ...features } }).config ?? {};
      return withoutFeatures(wanted);
    });
  }
}

/** Clients send back what they read. */
function withoutFeatures(config: Config): Config {
  const changed = Object.entries(features).find(([key, value]) => (config[key] ?? value) !== value);
  if (changed) {
    throw new LodgeError({
      code: "not_supported",
      message: `Key "${changed[0]}" of project ${defaultProject.name} cannot be changed.`,
    });
  }
  return Object.fromEntries(Object.entries(config).filter(([key]) => features[key] === undefined));
}
