import type { Pool, PoolResources } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/storage-pools`. */
export class Pools {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Pool[]> {
    return this.#rest.get("/1.0/storage-pools", { recursion: 1 });
  }

  get(name: string): Promise<Pool> {
    return this.#rest.get(`/1.0/storage-pools/${encodeURIComponent(name)}`);
  }

  /** Space and inodes, used and in all. */
  resources(name: string): Promise<PoolResources> {
    return this.#rest.get(`/1.0/storage-pools/${encodeURIComponent(name)}/resources`);
  }
}
