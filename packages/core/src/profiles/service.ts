import { LodgeError, type Profile } from "@lodge/api";
import type { ProfileService } from "../services.ts";
import type { ProfileRecord, Store } from "../store.ts";

/** Profiles: configuration that instances share. */
export class Profiles implements ProfileService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(project: string): Promise<Profile[]> {
    const records = (await this.#store.profiles.list()).filter((p) => p.project === project);
    return Promise.all(records.map((record) => this.#render(record)));
  }

  async get(project: string, name: string): Promise<Profile> {
    const record = await this.#store.profiles.get({ project, name });
    if (!record)
      throw new LodgeError({
        code: "profile_not_found",
        message: `Profile "${name}" does not exist in project "${project}".`,
      });
    return this.#render(record);
  }

  async #render({ name, project, description, config, devices }: ProfileRecord): Promise<Profile> {
    const users = (await this.#store.instances.list()).filter(
      (r) => r.project === project && r.profiles.includes(name),
    );
    return { name, description, config, devices, used_by: users.map((r) => `/1.0/instances/${r.name}`) };
  }
}
