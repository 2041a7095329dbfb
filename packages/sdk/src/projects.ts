import type { Project, ProjectCreate, ProjectPut, ProjectState } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** A project's name in a path, or all of them. */
const url = (name?: string) => (name === undefined ? "/1.0/projects" : `/1.0/projects/${encodeURIComponent(name)}`);

/** `/1.0/projects`. */
export class Projects {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Project[]> {
    return this.#rest.get(url(), { recursion: 1 });
  }

  get(name: string): Promise<Project> {
    return this.#rest.get(url(name));
  }

  /** With the ETag that `update` sends back, so that no other's change is overwritten. */
  getTagged(name: string): Promise<{ value: Project; etag: string }> {
    return this.#rest.getTagged(url(name));
  }

  /** What it has taken and may take. */
  state(name: string): Promise<ProjectState> {
    return this.#rest.get(`${url(name)}/state`);
  }

  async create(project: ProjectCreate): Promise<void> {
    await this.#rest.call("POST", url(), { body: project });
  }

  /** Only of an empty one. */
  async rename(name: string, newName: string): Promise<void> {
    await (await this.#rest.start("POST", url(name), { body: { name: newName } })).wait();
  }

  /** Only of an empty one. */
  async delete(name: string): Promise<void> {
    await this.#rest.call("DELETE", url(name));
  }

  /** Replaces its content. Another's change since `etag` is `etag_mismatch`. */
  async update(name: string, put: ProjectPut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", url(name), { body: put, ...(etag && { headers: { "if-match": etag } }) });
  }
}
