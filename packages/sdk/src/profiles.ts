import type { Profile, ProfileCreate, ProfilePut } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** A profile's name in a path, or all of them. */
const url = (name?: string) => (name === undefined ? "/1.0/profiles" : `/1.0/profiles/${encodeURIComponent(name)}`);

/** `/1.0/profiles`. */
export class Profiles {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Profile[]> {
    return this.#rest.get(url(), { recursion: 1 });
  }

  get(name: string): Promise<Profile> {
    return this.#rest.get(url(name));
  }

  /** With the ETag that `update` sends back, so that no other's change is overwritten. */
  getTagged(name: string): Promise<{ value: Profile; etag: string }> {
    return this.#rest.getTagged(url(name));
  }

  async create(request: ProfileCreate): Promise<void> {
    await this.#rest.call("POST", url(), { body: request });
  }

  /** Replaces its content. Another's change since `etag` is `etag_mismatch`. */
  async update(name: string, put: ProfilePut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", url(name), { body: put, ...(etag && { headers: { "if-match": etag } }) });
  }

  async rename(name: string, newName: string): Promise<void> {
    await this.#rest.call("POST", url(name), { body: { name: newName } });
  }

  async delete(name: string): Promise<void> {
    await this.#rest.call("DELETE", url(name));
  }
}
