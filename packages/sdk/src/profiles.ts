import type { Profile } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/profiles`. */
export class Profiles {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Profile[]> {
    return this.#rest.get("/1.0/profiles", { recursion: 1 });
  }

  get(name: string): Promise<Profile> {
    return this.#rest.get(`/1.0/profiles/${encodeURIComponent(name)}`);
  }
}
